import { type Case, disturbances, type Fault, type FaultPlan, faultAt, faults } from './faults.ts';
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

/** Plays a scenario undisturbed, and then once for every call in it and every fault that the call may have. */
export async function enumerate(
  scenario: Scenario,
  settings: WorldSettings = {},
  { untilFirst = false, isPlayed = () => true }: EnumerateOptions = {},
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
  const cases = disturbances(calls, scenario.faults ?? faults);
  for (const one of cases) {
    if (untilFirst && failures.length > 0) break;
    if (!isPlayed(one)) continue;
    const { call, fault } = one;
    const world = await attempt(faultAt(call, fault), call, fault);
    const error = world && undisturbed && differenceFrom(undisturbed, world, fault);
    if (error) failures.push({ scenario: scenario.name, call, fault, error });
  }
  return { crashPoints: calls.length, cases: cases.length, runs, failures };
}

/** Some faults must leave it as it is how all jobs end. */
function differenceFrom(undisturbed: World, world: World, fault: Fault): Error | undefined {
  if (fault === 'repeat' && isDifferent(outcomes(undisturbed), outcomes(world)))
    return new Violation('a call that the SDK repeats changes nothing', outcomes(world).join(' '));
  if (fault !== 'stop') return undefined;
  // A hand-over begins the count anew, so there may be fewer.
  const isMore = attempts(world) > attempts(undisturbed);
  return isMore || isDifferent(endsOf(undisturbed), endsOf(world))
    ? new Violation('the stop of a server costs no attempt', outcomes(world).join(' '))
    : undefined;
}

const isDifferent = (one: readonly string[], other: readonly string[]): boolean =>
  one.join() !== other.join();
const endsOf = (world: World): readonly string[] =>
  outcomes(world)
    .map((outcome) => outcome.replace(/"attempt":\d+,/, ''))
    .sort();
const attempts = ({ table }: World): number =>
  [...table.items.values()].reduce((sum, { attempt }) => sum + attempt, 0);
