import { defaultRetry, type RetryPolicy } from '../author/contract.ts';
import { awaitedBatches, type JobItem } from '../domain/state/job/item.ts';
import type { JobMessage } from '../domain/state/job/message.ts';
import type { Delivery } from '../domain/state/ports.ts';
import { isAnswered, openWaitsOf } from '../domain/state/stored/saved-signals.ts';

/** What becomes of a delivered message. */
export type Disposition = {
  /** The line of an attempt has told already what becomes of it. */
  readonly isLogged?: true;
} & (
  | { readonly kind: 'delete'; readonly why: string }
  | {
      /** Reported as failed, so that it stays in the queue. */
      readonly kind: 'return';
      readonly why: string;
      /** When it is visible again, epoch milliseconds. Absent: when its visibility timeout ends. */
      readonly visibleAt?: number | undefined;
      /** What it says, if it could be read. */
      readonly message?: JobMessage | undefined;
      /**
       * The job waits until then: a delayed copy takes the place of the message. Until then, an invisible one would be
       * in flight.
       */
      readonly isWait?: true;
    }
);

export const deleted = (why: string): Disposition => ({ kind: 'delete', why });
export const returned = (why: string, visibleAt?: number, message?: JobMessage): Disposition => ({
  kind: 'return',
  why,
  visibleAt,
  message,
});

/** Somebody has written the item since it was read: the message comes again at once. */
export const itemChanged = (now: number, message?: JobMessage): Disposition =>
  returned('the item changed while it was read', now, message);

/** The job waits until a time: see `isWait`. */
export const waiting = (why: string, visibleAt: number, message: JobMessage): Disposition => ({
  kind: 'return',
  why,
  visibleAt,
  message,
  isWait: true,
});

/** The same, of a delivery whose attempt has told of its end. */
export const logged = (disposition: Disposition): Disposition => ({ ...disposition, isLogged: true });

/**
 * A message of a group is hidden for no longer: who is to make it visible may die before, or may have an outdated
 * receipt handle.
 */
const maxHiddenMs = 3_600_000;

/**
 * Whether the job waits for children or for an answer in a group. Its message stays there, hidden, until the end of the
 * wait makes it visible.
 */
export const isHiddenInGroup = (item: JobItem): boolean =>
  item.group !== undefined &&
  ((openWaitsOf(item).length > 0 && !isAnswered(item)) || awaitedBatches(item).length > 0);

/** When the message of a job is to be visible that goes on later. `now`: epoch milliseconds. */
export function visibleFor(item: JobItem, now: number): number {
  const at = Math.max(item.notBefore ?? 0, now);
  return item.group === undefined ? at : Math.min(at, now + maxHiddenMs);
}

/** Well before the queue's `maxReceiveCount` of 1000, and its retention of 14 days. */
const maxReceives = 900;
const maxAgeMs = 12 * 24 * 3600 * 1000;

/** Whether the queue would drop the message within two days. */
export const isAged = ({ sentAt }: Delivery, now: number): boolean => now - sentAt >= maxAgeMs;

/** Whether the queue would soon drop the message, or give it up. It must be requeued before that. */
export const nearsQueueLimits = (delivery: Delivery, now: number): boolean =>
  delivery.receiveCount >= maxReceives || isAged(delivery, now);

/**
 * Exponential backoff with full jitter: anything from 0 to a bound that grows with every try. By default it doubles,
 * from 2 seconds up to 15 minutes.
 * @param tries how many there were, from 1
 * @param random uniform in [0, 1)
 * @returns milliseconds
 */
export const backoffMs = (
  tries: number,
  random: number,
  { firstSeconds, factor, maxSeconds }: RetryPolicy = defaultRetry,
): number => Math.round(random * Math.min(maxSeconds, firstSeconds * factor ** (tries - 1)) * 1000);
