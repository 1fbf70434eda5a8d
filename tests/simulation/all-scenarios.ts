import { againScenarios } from './again-scenarios.ts';
import { anyScenarios } from './any-scenarios.ts';
import { brokenScenarios } from './broken-scenarios.ts';
import { buildsScenarios } from './builds-scenarios.ts';
import { cancelScenarios } from './cancel-scenarios.ts';
import { chargeScenarios } from './charge-scenarios.ts';
import { childGroupScenarios } from './child-group-scenarios.ts';
import { childOutputScenarios } from './child-output-scenarios.ts';
import { childrenEraseScenarios } from './children-erase-scenarios.ts';
import { childrenScenarios } from './children-scenarios.ts';
import { clockCancelScenarios } from './clock-cancel-scenarios.ts';
import { clockScenarios } from './clock-scenarios.ts';
import { countScenarios } from './count-scenarios.ts';
import { debounceScenarios } from './debounce-scenarios.ts';
import { elsewhereScenarios } from './elsewhere-scenarios.ts';
import { deadScenarios, endpointScenarios } from './endpoint-scenarios.ts';
import { eraseScenarios } from './erase-scenarios.ts';
import { flushScenarios } from './flush-scenarios.ts';
import { frozenScenarios } from './frozen-scenarios.ts';
import { groupChildrenScenarios } from './group-children-scenarios.ts';
import { groupFirstScenarios } from './group-first-scenarios.ts';
import { groupScenarios } from './group-scenarios.ts';
import { groupSleepScenarios } from './group-sleep-scenarios.ts';
import { interposedScenarios } from './interposed-scenarios.ts';
import { interruptionScenarios } from './interruption-scenarios.ts';
import { jobSubmitScenarios } from './job-submit-scenarios.ts';
import { keptChildrenScenarios } from './kept-children-scenarios.ts';
import { keptScenarios } from './kept-scenarios.ts';
import { lateChildrenScenarios } from './late-children-scenarios.ts';
import { lateFailureScenarios } from './late-failure-scenarios.ts';
import { lateMessageScenarios } from './late-message-scenarios.ts';
import { lateScenarios } from './late-scenarios.ts';
import { lateWaitingScenarios } from './late-waiting-scenarios.ts';
import { laterScenarios } from './later-scenarios.ts';
import { limitScenarios } from './limit-scenarios.ts';
import { linkScenarios } from './link-scenarios.ts';
import { longScenarios, sixHours } from './long-scenarios.ts';
import { lostChildrenScenarios } from './lost-children-scenarios.ts';
import { lostScenarios } from './lost-scenarios.ts';
import { mixtureScenarios } from './mixture-scenarios.ts';
import { netScenarios } from './net-scenarios.ts';
import { notifyScenarios } from './notify-scenarios.ts';
import { occurrenceScenarios } from './occurrence-scenarios.ts';
import { oneChildScenarios } from './one-child-scenarios.ts';
import { orderedQueueScenarios } from './ordered-queue-scenarios.ts';
import { outageScenarios } from './outage-scenarios.ts';
import { outputEraseScenarios } from './output-erase-scenarios.ts';
import { outputScenarios } from './output-scenarios.ts';
import { partLimitScenarios } from './part-limit-scenarios.ts';
import { pauseDoorScenarios } from './pause-door-scenarios.ts';
import { pauseScenarios } from './pause-scenarios.ts';
import { payloadScenarios } from './payload-scenarios.ts';
import { rateScenarios } from './rate-scenarios.ts';
import { retryCancelScenarios } from './retry-cancel-scenarios.ts';
import { retryScenarios } from './retry-scenarios.ts';
import { runningScenarios } from './running-scenarios.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { secondLookScenarios } from './second-look-scenarios.ts';
import { stopScenarios } from './server-scenarios.ts';
import { serverTroubleScenarios } from './server-trouble-scenarios.ts';
import { severalLimitsScenarios } from './several-limits-scenarios.ts';
import { signalRaceScenarios } from './signal-race-scenarios.ts';
import { signalScenarios } from './signal-scenarios.ts';
import { slowLimitScenarios } from './slow-limit-scenarios.ts';
import { stepOutputScenarios } from './step-output-scenarios.ts';
import { stepScenarios } from './step-scenarios.ts';
import { strayClaimScenarios } from './stray-claim-scenarios.ts';
import { strictScenarios } from './strict-scenarios.ts';
import { stuckScenarios } from './stuck-scenarios.ts';
import { suspendedScenarios } from './suspended-scenarios.ts';
import { takeOverScenarios } from './take-over-scenarios.ts';
import { troubleScenarios } from './trouble-scenarios.ts';
import { turnScenarios } from './turn-scenarios.ts';
import { unconfiguredScenarios } from './unconfigured-scenarios.ts';
import { uniqueScenarios } from './unique-scenarios.ts';
import { unknownTypeRaceScenarios } from './unknown-type-race-scenarios.ts';
import { unknownTypeScenarios } from './unknown-type-scenarios.ts';
import { uploadScenarios } from './upload-scenarios.ts';
import { waitForScenarios } from './wait-for-scenarios.ts';
import { largeScenarios, layers, waitingScenarios } from './waiting-scenarios.ts';
import { workPlaceScenarios } from './work-place-scenarios.ts';

/** Scenarios that are enumerated one after the other. */
export interface Part {
  /** By the file that they are in. */
  readonly files: Readonly<Record<string, readonly Scenario[]>>;
  /** Their calls are so many, and so alike, that they are played in one schedule. */
  readonly isLarge?: true;
  /** Each scenario has more crash points than this, or it was not played. */
  readonly moreThan: number;
}

export const parts = {
  jobs: {
    files: {
      scenarios,
      'cancel-scenarios': cancelScenarios,
      'trouble-scenarios': troubleScenarios,
      'lost-scenarios': lostScenarios,
      'frozen-scenarios': frozenScenarios,
      'long-scenarios': longScenarios,
      'flush-scenarios': flushScenarios,
      'step-scenarios': stepScenarios,
      'step-output-scenarios': stepOutputScenarios,
      'outage-scenarios': outageScenarios,
    },
    moreThan: 4,
  },
  'jobs that spawn jobs': {
    files: {
      'children-scenarios': childrenScenarios,
      'any-scenarios': anyScenarios,
      'lost-children-scenarios': lostChildrenScenarios,
      'kept-children-scenarios': keptChildrenScenarios,
      'late-children-scenarios': lateChildrenScenarios,
      'second-look-scenarios': secondLookScenarios,
      'one-child-scenarios': oneChildScenarios,
      'child-group-scenarios': childGroupScenarios,
      'again-scenarios': againScenarios,
      'children-erase-scenarios': childrenEraseScenarios,
    },
    moreThan: 4,
  },
  'limits of work': {
    files: {
      'limit-scenarios': limitScenarios,
      'slow-limit-scenarios': slowLimitScenarios,
      'several-limits-scenarios': severalLimitsScenarios,
      'part-limit-scenarios': partLimitScenarios,
      'strict-scenarios': strictScenarios,
    },
    moreThan: 10,
  },
  'places of work': { files: { 'work-place-scenarios': workPlaceScenarios }, moreThan: 10 },
  'jobs that submit others': { files: { 'job-submit-scenarios': jobSubmitScenarios }, moreThan: 10 },
  'a limit at the door': {
    files: {
      'rate-scenarios': rateScenarios,
      'charge-scenarios': chargeScenarios,
      'running-scenarios': runningScenarios,
      'count-scenarios': countScenarios,
    },
    moreThan: 4,
  },
  'debounced jobs': { files: { 'debounce-scenarios': debounceScenarios }, moreThan: 4 },
  'unique jobs': { files: { 'unique-scenarios': uniqueScenarios }, moreThan: 4 },
  groups: {
    files: {
      'group-scenarios': groupScenarios,
      'group-sleep-scenarios': groupSleepScenarios,
      'child-output-scenarios': childOutputScenarios,
      'group-children-scenarios': groupChildrenScenarios,
      'group-first-scenarios': groupFirstScenarios,
    },
    moreThan: 4,
  },
  'jobs that wait': {
    files: {
      'waiting-scenarios': waitingScenarios,
      'broken-scenarios': brokenScenarios,
      'interposed-scenarios': interposedScenarios,
      'stray-claim-scenarios': strayClaimScenarios,
      'later-scenarios': laterScenarios,
    },
    moreThan: 4,
  },
  'late and erased jobs': {
    files: {
      'late-scenarios': lateScenarios,
      'late-message-scenarios': lateMessageScenarios,
      'late-waiting-scenarios': lateWaitingScenarios,
      'late-failure-scenarios': lateFailureScenarios,
      'erase-scenarios': eraseScenarios,
    },
    moreThan: 4,
  },
  'large things are in objects': {
    files: {
      'kept-scenarios': keptScenarios,
      'output-scenarios': outputScenarios,
      'output-erase-scenarios': outputEraseScenarios,
      'upload-scenarios': uploadScenarios,
    },
    moreThan: 4,
  },
  'others are told of an end, or have to be': {
    files: { 'elsewhere-scenarios': elsewhereScenarios, 'notify-scenarios': notifyScenarios },
    moreThan: 4,
  },
  'endpoints do not answer': {
    files: { 'endpoint-scenarios': endpointScenarios, 'turn-scenarios': turnScenarios },
    moreThan: 10,
  },
  'an endpoint is dead for four days': {
    files: { 'endpoint-scenarios': deadScenarios },
    isLarge: true,
    moreThan: 1_000,
  },
  'Scheduler brings jobs back, or makes them': {
    files: {
      'clock-scenarios': clockScenarios,
      'clock-cancel-scenarios': clockCancelScenarios,
      'occurrence-scenarios': occurrenceScenarios,
      'retry-scenarios': retryScenarios,
      'retry-cancel-scenarios': retryCancelScenarios,
      'net-scenarios': netScenarios,
    },
    moreThan: 1,
  },
  'several ordered queues': {
    files: { 'ordered-queue-scenarios': orderedQueueScenarios },
    moreThan: 10,
  },
  'an operator pauses what starts': {
    files: {
      'pause-scenarios': pauseScenarios,
      'pause-door-scenarios': pauseDoorScenarios,
      'suspended-scenarios': suspendedScenarios,
    },
    moreThan: 10,
  },
  'jobs are stuck, or look like it': {
    files: { 'stuck-scenarios': stuckScenarios, 'payload-scenarios': payloadScenarios },
    moreThan: 4,
  },
  'where features meet': { files: { 'mixture-scenarios': mixtureScenarios }, moreThan: 10 },
  signals: {
    files: {
      'signal-scenarios': signalScenarios,
      'signal-race-scenarios': signalRaceScenarios,
      'link-scenarios': linkScenarios,
      'wait-for-scenarios': waitForScenarios,
    },
    moreThan: 10,
  },
  'two builds in turns': {
    files: {
      'builds-scenarios': buildsScenarios,
      'unknown-type-scenarios': unknownTypeScenarios,
      'unknown-type-race-scenarios': unknownTypeRaceScenarios,
      'unconfigured-scenarios': unconfiguredScenarios,
    },
    moreThan: 10,
  },
  'worker servers run the jobs': {
    files: {
      'server-scenarios': stopScenarios,
      'interruption-scenarios': interruptionScenarios,
      'server-trouble-scenarios': serverTroubleScenarios,
    },
    moreThan: 5,
  },
  'large jobs': {
    files: { 'waiting-scenarios': largeScenarios },
    isLarge: true,
    moreThan: 100,
  },
  'a job of six hours': { files: { 'long-scenarios': [sixHours] }, isLarge: true, moreThan: 150 },
  'a crash is taken over within 90 seconds': {
    files: { 'take-over-scenarios': takeOverScenarios },
    isLarge: true,
    moreThan: 100,
  },
} satisfies Record<string, Part>;
export type PartName = keyof typeof parts;

/** Those that mutants are played in. */
export const mutantScenarios: readonly Scenario[] = [
  ...Object.values<Part>(parts).flatMap(({ files, isLarge }) => (isLarge ? [] : Object.values(files).flat())),
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
