import type { JobItem } from '../../shared/contracts/job-item.ts';
import type { JobMessage } from '../../shared/contracts/job-message.ts';
import { isTerminal } from '../../shared/job.ts';

/** What a refused claim means for the message. */
export type Refusal =
  /** The claim had committed and its answer was lost: the job is this worker's. */
  | { readonly kind: 'own' }
  /** The message has no further use. */
  | { readonly kind: 'drop'; readonly why: string }
  /** Another worker has the job, or it is not due. */
  | { readonly kind: 'wait'; readonly until: number }
  /** A cancel was requested, and no worker is there to heed it. */
  | { readonly kind: 'cancel'; readonly item: JobItem }
  /** The last attempt was started and its worker is gone. */
  | { readonly kind: 'exhaust'; readonly item: JobItem }
  /** The item changed while it was looked at. */
  | { readonly kind: 'again' };

/** Reads a refused claim, given the item as a consistent read found it afterwards. */
export function decideRefusal(
  item: JobItem | undefined,
  { message, claimId, now }: { readonly message: JobMessage; readonly claimId: string; readonly now: number },
): Refusal {
  if (!item) return { kind: 'again' };
  if (item.fingerprint !== message.fingerprint)
    return { kind: 'drop', why: 'another request was accepted under this id' };
  if (message.run < item.run) return { kind: 'drop', why: 'the job was retried since' };
  if (message.run > item.run) return { kind: 'again' };
  if (isTerminal(item.status)) return { kind: 'drop', why: `the job is ${item.status}` };
  if (item.status === 'running') return decideRunning(item, { claimId, now });
  if (item.cancelRequested) return { kind: 'cancel', item };
  if (item.notBefore !== undefined && item.notBefore > now) return { kind: 'wait', until: item.notBefore };
  return { kind: 'again' };
}

function decideRunning(item: JobItem, { claimId, now }: { claimId: string; now: number }): Refusal {
  if (item.claimId === claimId) return { kind: 'own' };
  if (item.leaseUntil !== undefined && item.leaseUntil > now) return { kind: 'wait', until: item.leaseUntil };
  if (item.cancelRequested) return { kind: 'cancel', item };
  return item.attempt >= item.maxAttempts ? { kind: 'exhaust', item } : { kind: 'again' };
}
