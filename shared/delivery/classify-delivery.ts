import { unreachable } from '../domain/base/errors.ts';
import { isStray, type JobItem } from '../domain/state/job/item.ts';
import { hasMissedStart, isDue, type JobMessage } from '../domain/state/job/message.ts';
import { canBeRetried } from '../domain/state/job/transitions.ts';

/** Why a message may not start its job: `resolveDelivery` says what follows. */
export type DeliveryState =
  /** The claim was stored and its answer lost: this worker holds the job. */
  | { readonly kind: 'ownClaim'; readonly item: JobItem }
  /** The message has no further use. */
  | { readonly kind: 'obsolete'; readonly why: string }
  /** The job has ended. The process that ended it may have died before it notified of that. */
  | { readonly kind: 'finished'; readonly item: JobItem }
  /** A worker holds the job, under a lease that lives. */
  | { readonly kind: 'leased'; readonly until: number }
  | { readonly kind: 'notDue'; readonly until: number; readonly item?: JobItem }
  /** The message is a copy that is older than the job's wait. The item keeps the message, and leads to the job. */
  | { readonly kind: 'stray'; readonly item: JobItem }
  /** The time is over in which the job had to start. */
  | { readonly kind: 'late'; readonly item: JobItem | undefined }
  /** A cancel was requested, and no worker is there to carry it out. */
  | { readonly kind: 'canceling'; readonly item: JobItem }
  /** Its worker is gone, and had other jobs in the same process: one of them may have crashed it. */
  | { readonly kind: 'crashedWithOthers'; readonly item: JobItem }
  /** The last attempt was started and its worker is gone. */
  | { readonly kind: 'exhausted'; readonly item: JobItem }
  /** The job was canceled while this, the only copy of its message, was in the queue. */
  | { readonly kind: 'canceledUnsaved' }
  /** The user's retry, whose sender has not written its transition (yet). */
  | { readonly kind: 'nextRun'; readonly item: JobItem }
  /** The message is of a run that the item does not know: the table may have been restored from a backup. */
  | { readonly kind: 'futureRun'; readonly itemRun: number }
  /** The job may be claimed, or the item changed while it was read. */
  | { readonly kind: 'claimable' };

interface Look {
  readonly message: JobMessage;
  /** Epoch milliseconds. */
  readonly now: number;
  /** That of the claim that was refused, if there was one. */
  readonly claimId?: string;
}

/** Compares a message with its job's item, as a consistent read found it. */
export function classifyDelivery(item: JobItem | undefined, look: Look): DeliveryState {
  const { message } = look;
  if (!item) return classifyUnknown(look);
  if (item.fingerprint !== message.fingerprint)
    return { kind: 'obsolete', why: 'another request was accepted under this id, or the job was erased' };
  if (message.run !== item.run) return classifyOtherRun(item, message);
  switch (item.status) {
    case 'canceled':
      return item.message === undefined ? { kind: 'canceledUnsaved' } : { kind: 'finished', item };
    case 'succeeded':
    case 'failed':
      return { kind: 'finished', item };
    case 'running':
      return classifyRunning(item, look);
    case 'queued':
    case 'waiting':
      return classifyOpen(item, look);
    default:
      return unreachable(item.status);
  }
}

function classifyUnknown({ message, now }: Look): DeliveryState {
  if (hasMissedStart(message, now)) return { kind: 'late', item: undefined };
  return isDue(message, now) ? { kind: 'claimable' } : { kind: 'notDue', until: message.options.runAt ?? 0 };
}

function classifyOpen(item: JobItem, { message, now }: Look): DeliveryState {
  if (item.cancelRequested) return { kind: 'canceling', item };
  if (hasMissedStart(message, now) && !item.mayStartLate) return { kind: 'late', item };
  if (isStray(item, message)) return { kind: 'stray', item };
  const until = Math.max(item.notBefore ?? 0, item.runAt ?? 0, message.options.runAt ?? 0);
  return until > now ? { kind: 'notDue', until, item } : { kind: 'claimable' };
}

function classifyOtherRun(item: JobItem, message: JobMessage): DeliveryState {
  if (message.run < item.run) return { kind: 'obsolete', why: 'the job was retried since' };
  // A child has no run in the rounds of its batch that did not make it again.
  const isNear = message.parent !== undefined || message.run === item.run + 1;
  const isNext = canBeRetried(item.status) && isNear;
  return isNext ? { kind: 'nextRun', item } : { kind: 'futureRun', itemRun: item.run };
}

function classifyRunning(item: JobItem, { claimId, now }: Look): DeliveryState {
  if (claimId !== undefined && item.claimId === claimId) return { kind: 'ownClaim', item };
  if (item.leaseUntil !== undefined && item.leaseUntil > now)
    return { kind: 'leased', until: item.leaseUntil };
  if (item.cancelRequested) return { kind: 'canceling', item };
  if (item.inCompany) return { kind: 'crashedWithOthers', item };
  return item.attempt >= item.maxAttempts ? { kind: 'exhausted', item } : { kind: 'claimable' };
}
