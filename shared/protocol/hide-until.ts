import { asError } from '../errors.ts';
import type { Log } from '../logger.ts';
import type { Clock, Delivery, JobQueue } from '../ports.ts';

interface HideDependencies {
  readonly queue: Pick<JobQueue, 'hide'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Has a message be visible again at a time, epoch milliseconds. Never rejects: if it fails, the message comes back all
 * the same, at the end of the visibility that it has.
 */
export async function hideUntil(
  delivery: Pick<Delivery, 'receiptHandle'>,
  until: number,
  { queue, clock, log }: HideDependencies,
): Promise<void> {
  try {
    await queue.hide(delivery, Math.max(0, (until - clock.now()) / 1000));
  } catch (thrown) {
    log.warn('visibility not set', { error: asError(thrown), receiptHandle: delivery.receiptHandle });
  }
}

/** A second more, so that whoever gets the message next finds the lease run out. */
export const hideWhileLeased = (
  delivery: Pick<Delivery, 'receiptHandle'>,
  leaseUntil: number,
  deps: HideDependencies,
): Promise<void> => hideUntil(delivery, leaseUntil + 1_000, deps);
