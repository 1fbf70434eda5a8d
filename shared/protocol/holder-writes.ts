import type { HistoryEntry, JobError, JobItem, JobProgress } from '../contracts/job-item.ts';
import { type JobMessage, writeMessage } from '../contracts/job-message.ts';
import { type TransitionName, transitions } from '../job.ts';
import { conditionOf, type Facts } from './condition.ts';
import { finished } from './finished.ts';
import { shortError } from './history.ts';
import type { JobWrite } from './job-write.ts';

/** Writes of the worker that holds the job. Each is fenced by the token of its claim. */

/** The job as it was after this worker's claim. */
export interface Lease {
  readonly item: JobItem;
  readonly message: JobMessage;
  /** Of the delivery that it was claimed by. */
  readonly receiptHandle: string;
}

/** Of a job that goes on later: a cancel may come meanwhile, and is to free the group. */
export const receiptOf = ({ message, receiptHandle }: Lease): { readonly receipt?: string } =>
  message.options.group === undefined ? {} : { receipt: receiptHandle };

/** How an attempt ended, for good. */
export type Outcome =
  | { readonly status: 'succeeded'; readonly result: string }
  | { readonly status: 'failed'; readonly error: JobError }
  | { readonly status: 'canceled' };

/** What the job told since it was last written, and when. */
interface Told {
  readonly now: number;
  readonly progress?: JobProgress | undefined;
  readonly checkpoint?: string | undefined;
}

const fenced = (name: TransitionName, { item }: Lease, at: Pick<Facts, 'now' | 'leaseUntil'>) => ({
  id: item.id,
  transition: name,
  condition: conditionOf(name, { ...at, token: item.token }),
});

const ended = (
  event: HistoryEntry['event'],
  { item }: Lease,
  { now, error }: { now: number; error?: JobError | undefined },
): readonly HistoryEntry[] => [
  {
    event,
    at: now,
    attempt: item.attempt,
    ...(error ? { error: shortError(error.message) } : {}),
  },
];

const told = ({ now, progress, checkpoint }: Told) => ({
  updatedAt: now,
  ...(progress ? { progress } : {}),
  ...(checkpoint === undefined ? {} : { checkpoint }),
});

/** Lengthens the lease; the item that comes back tells whether a cancel was requested. */
export const renewWrite = (
  lease: Lease,
  { leaseUntil, ...at }: Told & { readonly leaseUntil: number },
): JobWrite => ({
  ...fenced('renew', lease, { now: at.now, leaseUntil }),
  set: { leaseUntil, ...told(at) },
});

const outcomeTransitions = { succeeded: 'succeed', failed: 'fail', canceled: 'stop' } as const;

/** Ends the job. What did not succeed keeps what a retry needs: its queue is about to forget the message. */
export function outcomeWrite(
  lease: Lease,
  outcome: Outcome,
  at: Told & { readonly retentionMs: number },
): JobWrite {
  const { status } = outcome;
  const write = fenced(outcomeTransitions[status], lease, { now: at.now });
  if (status === 'succeeded') {
    const { checkpoint: _, ...last } = at;
    const end = finished(at, { ...told(last), status, result: outcome.result });
    const remove = [...(end.remove ?? []), 'message', 'error', 'checkpoint'] as const;
    return { ...write, ...end, remove, append: ended(status, lease, at) };
  }
  const error = status === 'failed' ? outcome.error : undefined;
  const message = writeMessage(lease.message);
  return {
    ...write,
    ...finished(at, { ...told(at), status, message, ...(error ? { error } : {}) }),
    append: ended(status, lease, { now: at.now, error }),
  };
}

/** Gives the job back for another attempt, not before `notBefore`. */
export const releaseWrite = (
  lease: Lease,
  at: Told & { readonly notBefore: number; readonly error: JobError },
): JobWrite => ({
  ...fenced('release', lease, { now: at.now }),
  set: {
    ...told(at),
    ...receiptOf(lease),
    status: transitions.release.to,
    notBefore: at.notBefore,
    error: at.error,
  },
  remove: ['claimId', 'leaseUntil'],
  append: ended('retrying', lease, at),
});
