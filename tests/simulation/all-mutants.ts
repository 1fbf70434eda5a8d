import { mutantScenarios, schedules } from './all-scenarios.ts';
import { anyMutants } from './any-mutants.ts';
import { buildsMutants } from './builds-scenarios.ts';
import { chargeMutants } from './charge-scenarios.ts';
import { childGroupMutants } from './child-group-scenarios.ts';
import { childOutputMutants } from './child-output-scenarios.ts';
import { childrenEraseMutants } from './children-erase-scenarios.ts';
import { childrenMutants } from './children-mutants.ts';
import { clockMutants } from './clock-mutants.ts';
import { companyMutants } from './company-mutants.ts';
import { countMutants } from './count-mutants.ts';
import { debounceMutants } from './debounce-mutants.ts';
import { elsewhereMutants } from './elsewhere-mutants.ts';
import { endpointMutants } from './endpoint-mutants.ts';
import { enumerate } from './enumerate.ts';
import { eraseMutants } from './erase-mutants.ts';
import { errorGroupMutants } from './error-group-mutants.ts';
import type { Case } from './faults.ts';
import { flushMutants } from './flush-scenarios.ts';
import { frozenMutants } from './frozen-scenarios.ts';
import { groupChildrenMutants } from './group-children-scenarios.ts';
import { groupFirstMutants } from './group-first-scenarios.ts';
import { groupMutants } from './group-mutants.ts';
import { jobSubmitMutants } from './job-submit-scenarios.ts';
import { keptChildrenMutants } from './kept-children-scenarios.ts';
import { lateMutants } from './late-mutants.ts';
import { limitMutants } from './limit-scenarios.ts';
import { linkMutants } from './link-scenarios.ts';
import { longMutants } from './long-mutants.ts';
import { meterMutants } from './meter-mutants.ts';
import { mixtureMutants } from './mixture-scenarios.ts';
import type { Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';
import { netMutants } from './net-mutants.ts';
import { notifyMutants } from './notify-scenarios.ts';
import { objectMutants } from './object-mutants.ts';
import { oneChildMutants } from './one-child-mutants.ts';
import { orderedQueueMutants } from './ordered-queue-scenarios.ts';
import { outageMutants } from './outage-scenarios.ts';
import { outputMutants } from './output-mutants.ts';
import { partLimitMutants } from './part-limit-scenarios.ts';
import { pauseDoorMutants } from './pause-door-scenarios.ts';
import { pauseMutants } from './pause-scenarios.ts';
import { payloadMutants } from './payload-scenarios.ts';
import { type CatchingRun, isSame } from './place.ts';
import { rateMutants } from './rate-scenarios.ts';
import { retryMutants } from './retry-mutants.ts';
import { runningMutants } from './running-scenarios.ts';
import type { Scenario } from './scenario.ts';
import { secondLookMutants } from './second-look-scenarios.ts';
import { serverMutants } from './server-mutants.ts';
import { severalLimitsMutants } from './several-limits-scenarios.ts';
import { signalMutants } from './signal-mutants.ts';
import { slowLimitMutants } from './slow-limit-scenarios.ts';
import { staleMutants } from './stale-mutants.ts';
import { stepOutputMutants } from './step-output-mutants.ts';
import { stepMutants } from './step-scenarios.ts';
import { strayClaimMutants } from './stray-claim-scenarios.ts';
import { strictMutants } from './strict-scenarios.ts';
import { stuckMutants } from './stuck-mutants.ts';
import { suspendedMutants } from './suspended-scenarios.ts';
import { turnMutants } from './turn-scenarios.ts';
import { unconfiguredMutants } from './unconfigured-scenarios.ts';
import { uniqueMutants } from './unique-mutants.ts';
import { unknownTypeMutants } from './unknown-type-scenarios.ts';
import { waitForMutants } from './wait-for-mutants.ts';
import { waitingMutants } from './waiting-mutants.ts';
import { workPlaceMutants } from './work-place-scenarios.ts';

/** The mutants that are written by hand. */
export const writtenMutants: readonly Mutant[] = [
  ...mutants,
  ...companyMutants,
  ...longMutants,
  ...waitingMutants,
  ...groupMutants,
  ...childOutputMutants,
  ...groupChildrenMutants,
  ...groupFirstMutants,
  ...staleMutants,
  ...frozenMutants,
  ...flushMutants,
  ...elsewhereMutants,
  ...notifyMutants,
  ...limitMutants,
  ...slowLimitMutants,
  ...partLimitMutants,
  ...strictMutants,
  ...severalLimitsMutants,
  ...workPlaceMutants,
  ...mixtureMutants,
  ...rateMutants,
  ...orderedQueueMutants,
  ...countMutants,
  ...chargeMutants,
  ...runningMutants,
  ...uniqueMutants,
  ...debounceMutants,
  ...endpointMutants,
  ...turnMutants,
  ...errorGroupMutants,
  ...clockMutants,
  ...lateMutants,
  ...eraseMutants,
  ...childrenEraseMutants,
  ...oneChildMutants,
  ...childGroupMutants,
  ...outputMutants,
  ...objectMutants,
  ...serverMutants,
  ...retryMutants,
  ...meterMutants,
  ...netMutants,
  ...stepMutants,
  ...anyMutants,
  ...jobSubmitMutants,
  ...stepOutputMutants,
  ...signalMutants,
  ...linkMutants,
  ...keptChildrenMutants,
  ...secondLookMutants,
  ...childrenMutants,
  ...waitForMutants,
  ...strayClaimMutants,
  ...stuckMutants,
  ...payloadMutants,
  ...pauseMutants,
  ...pauseDoorMutants,
  ...suspendedMutants,
  ...buildsMutants,
  ...outageMutants,
  ...unknownTypeMutants,
  ...unconfiguredMutants,
];

/** How a mutant was caught, if it was. */
export interface Found {
  readonly runs: number;
  readonly caught?: { readonly place: CatchingRun; readonly error: Error };
}

interface Where {
  readonly scenario: Scenario;
  readonly schedule: number;
  /** The only case that is played. */
  readonly only?: CatchingRun;
}

/** A mutant that makes eight times the steps of the longest honest run goes round in circles. */
const maxSteps = 20_000;

/** Plays a mutant in one scenario until it is caught. */
async function play(mutant: Mutant, { scenario, schedule, only }: Where): Promise<Found> {
  const { failedComeBackAtOnce = false } = schedules[schedule] ?? {};
  const settings = { mutant, failedComeBackAtOnce, maxSteps: scenario.settings?.maxSteps ?? maxSteps };
  const isPlayed = (one: Case) => only === undefined || isSame(one, only);
  const { failures, runs } = await enumerate(scenario, settings, { untilFirst: true, isPlayed });
  const [failure] = failures;
  if (!failure) return { runs };
  const { call, fault, error } = failure;
  return { runs, caught: { place: { scenario: scenario.name, schedule, call, fault }, error } };
}

const scenarioOf = (name: string): Scenario => {
  const scenario = mutantScenarios.find((one) => one.name === name);
  if (!scenario) throw new Error(`there is no scenario "${name}"`);
  return scenario;
};

/**
 * Looks for a mutant until it is caught.
 * @param place where it was caught the last time: one run there, instead of many everywhere
 */
export async function look(mutant: Mutant, place?: CatchingRun): Promise<Found> {
  let runs = 0;
  for (const where of likelyFirst(mutant, place)) {
    const found = await play(mutant, where);
    runs += found.runs;
    if (found.caught) return { ...found, runs };
  }
  return { runs };
}

function likelyFirst({ shownBy }: Mutant, place: CatchingRun | undefined): readonly Where[] {
  const first = shownBy === undefined ? [] : [scenarioOf(shownBy)];
  const likely = [...new Set([...first, ...mutantScenarios])];
  return [
    ...(place ? [{ scenario: scenarioOf(place.scenario), schedule: place.schedule, only: place }] : []),
    ...likely.flatMap((scenario) => schedules.map((_, schedule) => ({ scenario, schedule }))),
  ];
}
