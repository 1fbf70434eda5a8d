import { canBeRetried, isTerminal, type JobStatus } from './transitions.ts';

/** What users do to jobs, to one or to many at once. */
export const jobActions = ['cancel', 'retry', 'erase', 'notify'] as const;
export type JobAction = (typeof jobActions)[number];

/**
 * What has become of an action on a job. `requested`: a worker is to cancel it, and has not yet. `skipped`: it had
 * changed since it was seen, or nobody can do it. `newer`: only newer code can read it.
 */
export type ActionOutcome = 'done' | 'requested' | 'skipped' | 'newer';

/** Some of it is done, and it has to be repeated. */
export type UnfinishedOutcome = ActionOutcome | 'unfinished';

/** Whether it can be done to a job in this state. */
export const isPossible: Readonly<Record<JobAction, (status: JobStatus) => boolean>> = {
  cancel: (status) => !isTerminal(status),
  retry: canBeRetried,
  erase: isTerminal,
  notify: isTerminal,
};
