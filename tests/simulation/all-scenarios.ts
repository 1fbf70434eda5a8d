import { brokenScenarios } from './broken-scenarios.ts';
import { cancelScenarios } from './cancel-scenarios.ts';
import { clockCancelScenarios } from './clock-cancel-scenarios.ts';
import { clockScenarios } from './clock-scenarios.ts';
import { elsewhereScenarios } from './elsewhere-scenarios.ts';
import { eraseScenarios } from './erase-scenarios.ts';
import { flushScenarios } from './flush-scenarios.ts';
import { frozenScenarios } from './frozen-scenarios.ts';
import { groupScenarios } from './group-scenarios.ts';
import { groupSleepScenarios } from './group-sleep-scenarios.ts';
import { interposedScenarios } from './interposed-scenarios.ts';
import { interruptionScenarios } from './interruption-scenarios.ts';
import { keptScenarios } from './kept-scenarios.ts';
import { lateMessageScenarios } from './late-message-scenarios.ts';
import { lateScenarios } from './late-scenarios.ts';
import { lateWaitingScenarios } from './late-waiting-scenarios.ts';
import { laterScenarios } from './later-scenarios.ts';
import { longScenarios } from './long-scenarios.ts';
import { notifyScenarios } from './notify-scenarios.ts';
import { occurrenceScenarios } from './occurrence-scenarios.ts';
import { outputEraseScenarios } from './output-erase-scenarios.ts';
import { outputScenarios } from './output-scenarios.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { stopScenarios } from './server-scenarios.ts';
import { serverTroubleScenarios } from './server-trouble-scenarios.ts';
import { troubleScenarios } from './trouble-scenarios.ts';
import { uploadScenarios } from './upload-scenarios.ts';
import { layers, waitingScenarios } from './waiting-scenarios.ts';

export const jobScenarios = [
  ...scenarios,
  ...cancelScenarios,
  ...troubleScenarios,
  ...frozenScenarios,
  ...longScenarios,
  ...flushScenarios,
];
export const allGroupScenarios = [...groupScenarios, ...groupSleepScenarios];
export const allWaitingScenarios = [
  ...waitingScenarios,
  ...brokenScenarios,
  ...interposedScenarios,
  ...laterScenarios,
];

export const lateAndErasedScenarios = [
  ...lateScenarios,
  ...lateMessageScenarios,
  ...lateWaitingScenarios,
  ...eraseScenarios,
];

/** What is large is in objects. */
export const objectScenarios: readonly Scenario[] = [
  ...keptScenarios,
  ...outputScenarios,
  ...outputEraseScenarios,
  ...uploadScenarios,
];

/** Others are told of a job's end, or have to be. */
export const toldScenarios: readonly Scenario[] = [...elsewhereScenarios, ...notifyScenarios];

/** Jobs that Scheduler brings back, or makes. */
export const clockwork: readonly Scenario[] = [
  ...clockScenarios,
  ...clockCancelScenarios,
  ...occurrenceScenarios,
];

/** Worker servers run the jobs. */
export const serverScenarios: readonly Scenario[] = [
  ...stopScenarios,
  ...interruptionScenarios,
  ...serverTroubleScenarios,
];

/** Those that mutants are played in. */
export const mutantScenarios: readonly Scenario[] = [
  ...jobScenarios,
  ...allGroupScenarios,
  ...allWaitingScenarios,
  ...lateAndErasedScenarios,
  ...objectScenarios,
  ...toldScenarios,
  ...clockwork,
  ...serverScenarios,
  layers,
];

/** SQS documents either for a message that a batch reports as failed. */
export const schedules = [
  {
    name: 'failed messages come back when their visibility ends',
    failedComeBackAtOnce: false,
    takesOutdatedHandles: true,
  },
  {
    name: 'failed messages come back at once',
    failedComeBackAtOnce: true,
    takesOutdatedHandles: false,
  },
] as const;
