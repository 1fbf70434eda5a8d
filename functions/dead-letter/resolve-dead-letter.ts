import { type Disposition, deleted } from '../../shared/delivery/disposition.ts';
import { quarantine, readDelivery } from '../../shared/delivery/read-delivery.ts';
import {
  failUnclaimed,
  leaveCancelToAdmission,
  type ResolveDependencies,
} from '../../shared/delivery/resolve-delivery.ts';
import { FutureRunError, UnreadableMessageError } from '../../shared/job/errors.ts';
import type { Delivery, JobQueue, Log, Random } from '../../shared/job/ports.ts';

export interface DeadLetterDependencies extends Omit<ResolveDependencies, 'beforeCancel'> {
  /** The dead-letter queue that the message came from. */
  readonly queue: JobQueue;
  readonly log: Log;
  readonly random: Random;
}

const undeliverable = {
  name: 'DeadLetterError',
  message: 'The message was delivered too often without any worker coming to an end with it.',
};

const resolving = (deps: DeadLetterDependencies): DeadLetterDependencies & ResolveDependencies => ({
  ...deps,
  beforeCancel: (_item, message) => leaveCancelToAdmission(message, deps),
});

/**
 * Fails the job of a dead letter, visibly and retriably, unless it has ended or a worker holds it. A message that
 * cannot be read, or is of a run that its job does not know, goes to quarantine.
 * @returns what becomes of the message
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function resolveDeadLetter(
  delivery: Delivery,
  deps: DeadLetterDependencies,
): Promise<Disposition> {
  const received = readDelivery(delivery);
  if (received instanceof UnreadableMessageError) return quarantine(delivery, received, deps);
  const { message, wake } = received;
  if (wake) return deleted('it is only a wake: the message itself is in its queue');
  try {
    return await failUnclaimed({ message, error: undeliverable, redelivered: true }, resolving(deps));
  } catch (error) {
    if (!(error instanceof FutureRunError)) throw error;
    // No queue will receive it after this one.
    return quarantine(delivery, error, deps);
  }
}
