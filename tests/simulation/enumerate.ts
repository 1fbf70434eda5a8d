import { type Case, disturbances, type Fault, faultAt, faults } from './faults.ts';
import { outcomes, play, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';
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
  /** The faults of all calls. */
  readonly cases: number;
  readonly runs: number;
  readonly failures: readonly Failure[];
}

interface EnumerateOptions {
  /** Stop at the first failure: one is enough to catch a mutant. */
  readonly untilFirst?: boolean;
  /** Asked for each case, in the same order every time. Default: all are played. */
  readonly isPlayed?: (one: Case) => boolean;
}

/** A scenario that was played undisturbed, as far as its other runs are compared with that. */
export interface Undisturbed {
  readonly scenario: Scenario;
  readonly settings: WorldSettings;
  /** None if it failed. */
  readonly calls: readonly string[];
  readonly end?: End;
  readonly failures: readonly Failure[];
}

/** How all jobs ended. */
interface End {
  readonly outcomes: readonly string[];
  readonly attempts: number;
}

/** Plays a scenario undisturbed, and then once for every call in it and every fault that the call may have. */
export const enumerate = async (
  scenario: Scenario,
  settings: WorldSettings = {},
  options: EnumerateOptions = {},
): Promise<Enumeration> => disturb(await playUndisturbed(scenario, settings), options);

export async function playUndisturbed(
  scenario: Scenario,
  settings: WorldSettings = {},
): Promise<Undisturbed> {
  try {
    const world = await play(scenario, settings);
    return { scenario, settings, calls: world.calls, end: endOf(world), failures: [] };
  } catch (error) {
    return {
      scenario,
      settings,
      calls: [],
      failures: [failureOf(scenario, { call: 0, fault: 'none' }, error)],
    };
  }
}

/** Plays the cases. */
export async function disturb(
  { scenario, settings, calls, end, failures: before }: Undisturbed,
  { untilFirst = false, isPlayed = () => true }: EnumerateOptions = {},
): Promise<Enumeration> {
  const failures = [...before];
  let runs = 1;
  const cases = disturbances(calls, scenario.faults ?? faults);
  for (const one of cases) {
    if (untilFirst && failures.length > 0) break;
    if (!isPlayed(one)) continue;
    runs += 1;
    try {
      const world = await play(scenario, { ...settings, plan: faultAt(one.call, one.fault) });
      if (end && hasSameEnd.includes(one.fault)) compare(end, endOf(world), one.fault);
    } catch (error) {
      failures.push(failureOf(scenario, one, error));
    }
  }
  return { crashPoints: calls.length, cases: cases.length, runs, failures };
}

const failureOf = (
  { name }: Scenario,
  { call, fault }: Pick<Failure, 'call' | 'fault'>,
  error: unknown,
): Failure => ({
  scenario: name,
  ...{ call, fault },
  error: error instanceof Error ? error : new Error(String(error)),
});

/** These must leave it as it is how all jobs end. */
const hasSameEnd: readonly Fault[] = ['repeat', 'stop'];

/** @throws Violation */
function compare(undisturbed: End, { outcomes, attempts }: End, fault: Fault): void {
  if (fault === 'repeat' && isDifferent(undisturbed.outcomes, outcomes))
    throw new Violation('a call that the SDK repeats changes nothing', outcomes.join(' '));
  if (fault !== 'stop') return;
  // A hand-over begins the count anew, so there may be fewer attempts.
  const isMore = attempts > undisturbed.attempts;
  if (isMore || isDifferent(withoutAttempts(undisturbed.outcomes), withoutAttempts(outcomes)))
    throw new Violation('the stop of a server costs no attempt', outcomes.join(' '));
}

const isDifferent = (one: readonly string[], other: readonly string[]): boolean =>
  one.join() !== other.join();
const withoutAttempts = (ends: readonly string[]): readonly string[] =>
  ends.map((end) => end.replace(/"attempt":\d+,/, '')).sort();
const endOf = (world: World): End => ({
  outcomes: outcomes(world),
  attempts: [...world.table.items.values()].reduce((sum, { attempt }) => sum + attempt, 0),
});
