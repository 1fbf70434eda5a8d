import type { JobItem } from '../contracts/job-item.ts';
import { isDue, type JobMessage } from '../contracts/job-message.ts';
import { isTerminal } from '../job.ts';

/** What a message means that may not start its job now. */
export type Refusal =
  /** The claim had committed and its answer was lost: the job is this worker's. */
  | { readonly kind: 'own' }
  /** The message has no further use. */
  | { readonly kind: 'drop'; readonly why: string }
  /** The job has ended; whoever ended it may have died before waking the jobs that wait for it. */
  | { readonly kind: 'finished'; readonly item: JobItem }
  /** A worker has the job, under a lease that lives. */
  | { readonly kind: 'leased'; readonly until: number }
  | { readonly kind: 'notDue'; readonly until: number; readonly item?: JobItem }
  /** A cancel was requested, and no worker is there to heed it. */
  | { readonly kind: 'cancel'; readonly item: JobItem }
  /** The last attempt was started and its worker is gone. */
  | { readonly kind: 'exhaust'; readonly item: JobItem }
  /** The job was canceled while this, the only copy of its message, was in the queue. */
  | { readonly kind: 'save' }
  /** The user's retry, whose sender has not written its transition (yet). */
  | { readonly kind: 'retry'; readonly item: JobItem }
  /** The job may be started, or the item changed while it was looked at. */
  | { readonly kind: 'free' };

interface Look {
  readonly message: JobMessage;
  readonly now: number;
  /** Of the claim that was refused, if there was one. */
  readonly claimId?: string;
}

/** Reads a message against its job's item, as a consistent read found it. */
export function decideRefusal(item: JobItem | undefined, look: Look): Refusal {
  const { message, now } = look;
  const { runAt = 0 } = message.options;
  if (!item) return isDue(message, now) ? { kind: 'free' } : { kind: 'notDue', until: runAt };
  if (item.fingerprint !== message.fingerprint)
    return { kind: 'drop', why: 'another request was accepted under this id' };
  if (message.run !== item.run) return decideOtherRun(item, message);
  if (item.status === 'canceled' && item.message === undefined) return { kind: 'save' };
  if (isTerminal(item.status)) return { kind: 'finished', item };
  if (item.status === 'running') return decideRunning(item, look);
  if (item.cancelRequested) return { kind: 'cancel', item };
  const until = Math.max(item.notBefore ?? 0, item.runAt ?? 0, runAt);
  return until > now ? { kind: 'notDue', until, item } : { kind: 'free' };
}

function decideOtherRun(item: JobItem, message: JobMessage): Refusal {
  if (message.run < item.run) return { kind: 'drop', why: 'the job was retried since' };
  const retriable = item.status === 'failed' || item.status === 'canceled';
  return retriable && message.run === item.run + 1 ? { kind: 'retry', item } : { kind: 'free' };
}

function decideRunning(item: JobItem, { claimId, now }: Look): Refusal {
  if (item.claimId === claimId) return { kind: 'own' };
  if (item.leaseUntil !== undefined && item.leaseUntil > now)
    return { kind: 'leased', until: item.leaseUntil };
  if (item.cancelRequested) return { kind: 'cancel', item };
  return item.attempt >= item.maxAttempts ? { kind: 'exhaust', item } : { kind: 'free' };
}
