import { type Fault, type FaultPlan, faultAt, faults, repetitions } from './faults.ts';
import { outcomes, play, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { WorldSettings } from './world-settings.ts';

/** One run of a scenario, and the rule that it broke. */
export interface Failure {
  readonly scenario: string;
  readonly call: number;
  readonly fault: Fault | 'none';
  readonly error: Error;
}

export interface Enumeration {
  readonly crashPoints: number;
  readonly runs: number;
  readonly failures: readonly Failure[];
}

/**
 * Plays a scenario undisturbed, and then once for every call in it and every fault that the call may have.
 * `untilFirst`: stop at the first failure, since one is enough to catch a mutant. `half`: play one half of the faults of
 * each call, or the other one.
 */
export async function enumerate(
  scenario: Scenario,
  settings: WorldSettings = {},
  { untilFirst = false, half }: { readonly untilFirst?: boolean; readonly half?: 0 | 1 | undefined } = {},
): Promise<Enumeration> {
  const failures: Failure[] = [];
  let runs = 0;
  const attempt = async (plan: FaultPlan | undefined, call: number, fault: Failure['fault']) => {
    runs += 1;
    try {
      return await play(scenario, { ...settings, ...(plan ? { plan } : {}) });
    } catch (error) {
      failures.push({
        scenario: scenario.name,
        call,
        fault,
        error: error instanceof Error ? error : new Error(String(error)),
      });
      return undefined;
    }
  };

  const undisturbed = await attempt(undefined, 0, 'none');
  const calls = undisturbed?.calls ?? [];
  for (const { call, fault } of disturbances(calls, scenario.faults ?? faults)) {
    if (untilFirst && failures.length > 0) break;
    if (half !== undefined && (call + faults.indexOf(fault)) % 2 !== half) continue;
    const world = await attempt(faultAt(call, fault), call, fault);
    const changed =
      fault === 'repeat' &&
      world &&
      undisturbed &&
      JSON.stringify(outcomes(world)) !== JSON.stringify(outcomes(undisturbed));
    if (changed)
      failures.push({
        scenario: scenario.name,
        call,
        fault,
        error: new Violation('a call that the SDK repeats changes nothing', outcomes(world).join(' ')),
      });
  }
  return { crashPoints: calls.length, runs, failures };
}

/** Every call with every fault. */
export const disturbances = (calls: readonly string[], all: readonly Fault[]) =>
  calls.flatMap((what, index) =>
    all
      // A repeated read changes nothing: it would be the undisturbed run again.
      .filter((fault) => !what.startsWith('read') || !repetitions.includes(fault))
      .map((fault) => ({ call: index + 1, fault })),
  );
