import type { TransitionName } from '../../shared/domain/state/job/transitions.ts';

/** An attempt ends, and the job does not. If a cancel was requested, these become a `stop`. */
export const goingOn: readonly TransitionName[] = [
  'release',
  'leaveQueue',
  'handOver',
  'sleep',
  'awaitSignal',
  'interrupt',
  'giveBack',
];
/** A job that has run waits, perhaps outside of its queue: then admission sends its message on. */
export const waits: readonly TransitionName[] = ['leaveQueue', 'sleep', 'awaitSignal'];
/** A slice ends with a sleep, or with a wait for an answer. */
export const sleeps: readonly TransitionName[] = ['sleep', 'awaitSignal'];
/** By the worker that holds the job. */
export const byHolder: readonly TransitionName[] = [
  'renew',
  'closeWait',
  'succeed',
  'fail',
  'stop',
  ...goingOn,
];
export const withoutHolder: readonly TransitionName[] = [
  'failExhausted',
  'finishCancel',
  'failUnclaimed',
  'failLate',
  'failForgotten',
  'failLost',
  'cancelForgotten',
  'awaitHandler',
];
export const claims: readonly TransitionName[] = ['claim', 'reclaim'];
export const newRun: readonly TransitionName[] = ['retry', 'revive'];
/** What came before is not seen any more. */
export const forgetting: readonly TransitionName[] = [...newRun, 'erase'];
