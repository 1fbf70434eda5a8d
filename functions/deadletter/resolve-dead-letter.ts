import { UnreadableMessageError } from '../../shared/errors.ts';
import type { Log } from '../../shared/logger.ts';
import type { Delivery, JobQueue, Random } from '../../shared/ports.ts';
import { deleted, type Fate } from '../../shared/protocol/fate.ts';
import { giveUp } from '../../shared/protocol/give-up.ts';
import { putAside } from '../../shared/protocol/put-aside.ts';
import { readDelivery } from '../../shared/protocol/read-delivery.ts';
import type { SettleDependencies } from '../../shared/protocol/settle-refusal.ts';

export interface DeadLetterDependencies extends SettleDependencies {
  readonly queue: JobQueue;
  readonly log: Log;
  readonly random: Random;
}

const undelivered = {
  name: 'DeadLetterError',
  message: 'The message was delivered too often without any worker coming to an end with it.',
};

/**
 * Ends the job of a dead letter, visibly and retriably, unless it has ended or a worker has it. A message that
 * cannot be read belongs to no job: it is put aside for a person.
 * @returns what is to become of the message
 */
export async function resolveDeadLetter(delivery: Delivery, deps: DeadLetterDependencies): Promise<Fate> {
  const received = readDelivery(delivery);
  if (received instanceof UnreadableMessageError) return putAside(delivery, received, deps);
  const { message, wake } = received;
  if (wake) return deleted('the job has its message still');
  return giveUp({ message, error: undelivered, again: true }, deps);
}
