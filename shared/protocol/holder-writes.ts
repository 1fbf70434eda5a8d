import type { HistoryEntry, JobError, JobItem, JobProgress } from '../contracts/job-item.ts';
import { type JobMessage, writeMessage } from '../contracts/job-message.ts';
import { type TransitionName, transitions } from '../job.ts';
import { conditionOf } from './condition.ts';
import { finished } from './finished.ts';
import type { JobWrite } from './job-write.ts';

/** Writes of the worker that holds the job. Each is fenced by the token of its claim. */

/** The job as it was after this worker's claim. */
export interface Lease {
  readonly item: JobItem;
  readonly message: JobMessage;
}

/** How an attempt ended, for good. */
export type Outcome =
  | { readonly status: 'succeeded'; readonly result: string }
  | { readonly status: 'failed'; readonly error: JobError }
  | { readonly status: 'canceled' };

interface Moment {
  readonly now: number;
  readonly progress?: JobProgress | undefined;
}

/** There may be a hundred attempts, and an item is not to grow beyond its bounds. */
const longestInHistory = 200;

const fenced = (name: TransitionName, { item }: Lease, now: number) => ({
  id: item.id,
  transition: name,
  condition: conditionOf(name, { now, token: item.token }),
});

const ended = (
  event: HistoryEntry['event'],
  { item }: Lease,
  { now, error }: { now: number; error?: JobError | undefined },
): readonly HistoryEntry[] => [
  { event, at: now, attempt: item.attempt, ...(error ? { error: error.message.slice(0, longestInHistory) } : {}) },
];

const withProgress = (progress: JobProgress | undefined) => (progress ? { progress } : {});

/** Lengthens the lease; the item that comes back tells whether a cancel was requested. */
export const renewWrite = (
  lease: Lease,
  { now, progress, leaseMs }: Moment & { leaseMs: number },
): JobWrite => ({
  ...fenced('renew', lease, now),
  set: { leaseUntil: now + leaseMs, updatedAt: now, ...withProgress(progress) },
});

const outcomeTransitions = { succeeded: 'succeed', failed: 'fail', canceled: 'stop' } as const;

/** Ends the job. What did not succeed keeps its message: its queue is about to forget it. */
export function outcomeWrite(lease: Lease, outcome: Outcome, at: Moment & { retentionMs: number }): JobWrite {
  const { status } = outcome;
  const write = fenced(outcomeTransitions[status], lease, at.now);
  const progress = withProgress(at.progress);
  if (status === 'succeeded') {
    const end = finished(at, { status, result: outcome.result, ...progress });
    return {
      ...write,
      ...end,
      remove: [...(end.remove ?? []), 'message', 'error'],
      append: ended(status, lease, at),
    };
  }
  const message = writeMessage(lease.message);
  const error = status === 'failed' ? outcome.error : undefined;
  return {
    ...write,
    ...finished(at, { status, message, ...(error ? { error } : {}), ...progress }),
    append: ended(status, lease, { now: at.now, error }),
  };
}

/** Gives the job back for another attempt, not before `notBefore`. */
export const releaseWrite = (
  lease: Lease,
  { now, progress, notBefore, error }: Moment & { notBefore: number; error: JobError },
): JobWrite => ({
  ...fenced('release', lease, now),
  set: { status: transitions.release.to, notBefore, error, updatedAt: now, ...withProgress(progress) },
  remove: ['claimId', 'leaseUntil'],
  append: ended('retrying', lease, { now, error }),
});
