/** What a job is doing, or how it has ended. */
export const jobStatuses = ['queued', 'waiting', 'running', 'succeeded', 'failed', 'canceled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** How a job with this status has ended; undefined if it has not. */
export const outcomes: Readonly<Record<JobStatus, 'succeeded' | 'failed' | 'canceled' | undefined>> = {
  queued: undefined,
  waiting: undefined,
  running: undefined,
  succeeded: 'succeeded',
  failed: 'failed',
  canceled: 'canceled',
};
