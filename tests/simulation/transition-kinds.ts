import type { TransitionName } from '../../shared/job/transitions.ts';

/** By the worker that holds the job. */
export const byHolder: readonly TransitionName[] = [
  'renew',
  'succeed',
  'fail',
  'stop',
  'release',
  'handOver',
  'sleep',
  'interrupt',
];
export const withoutHolder: readonly TransitionName[] = [
  'failExhausted',
  'finishCancel',
  'failUnclaimed',
  'failLate',
];
export const claims: readonly TransitionName[] = ['claim', 'reclaim'];
export const newRun: readonly TransitionName[] = ['retry', 'revive'];
/** What came before is not seen any more. */
export const forgetting: readonly TransitionName[] = [...newRun, 'erase'];
