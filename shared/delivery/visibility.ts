import { asError } from '../domain/base/errors.ts';
import type { Clock, Log } from '../domain/base/ports.ts';
import type { Delivery } from '../domain/state/ports.ts';

export interface VisibilityDependencies<Received = Pick<Delivery, 'receiptHandle'>> {
  readonly queue: { changeVisibility(delivery: Received, seconds: number): Promise<void> };
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Makes a received message visible again at a time, epoch milliseconds. Never rejects: if the call fails, the message
 * comes back all the same, when its present visibility timeout ends.
 */
export async function makeVisibleAt<Received extends Pick<Delivery, 'receiptHandle'>>(
  delivery: Received,
  at: number,
  { queue, clock, log }: VisibilityDependencies<Received>,
): Promise<void> {
  try {
    await queue.changeVisibility(delivery, Math.max(0, (at - clock.now()) / 1000));
  } catch (thrown) {
    log.warn('visibility not changed', { error: asError(thrown), receiptHandle: delivery.receiptHandle });
  }
}

/** Keeps a message invisible while a lease lives, and a second longer: the next receiver finds the lease run out. */
export const keepInvisible = (
  delivery: Pick<Delivery, 'receiptHandle'>,
  leaseUntil: number,
  deps: VisibilityDependencies,
): Promise<void> => makeVisibleAt(delivery, leaseUntil + 1_000, deps);
