import { UnreadableMessageError } from '../domain/base/errors.ts';
import type { Log } from '../domain/base/ports.ts';
import { type JobMessage, readMessage } from '../domain/state/job/message.ts';
import type { Delivery, JobQueue } from '../domain/state/ports.ts';
import { type Disposition, deleted } from './disposition.ts';

/** What was delivered, apart from how. */
export interface Received {
  readonly message: Omit<JobMessage, 'requeued'>;
  /** It was delivered before. SQS counts approximately: nothing that must not be missed may depend on it. */
  readonly redelivered: boolean;
  /** What was sent on after an earlier look at the job may be lost. */
  readonly again: boolean;
}

/**
 * Reads a delivery.
 * @returns what it says, or an error if its text is no job's message
 * @throws NewerVersionError
 */
export function readDelivery({ body, receiveCount }: Delivery): Received | UnreadableMessageError {
  const read = readMessage(body);
  return read instanceof UnreadableMessageError ? read : receivedOf(read, { receiveCount });
}

/** The same for a message that is read already. */
export function receivedOf(read: JobMessage, { receiveCount }: Pick<Delivery, 'receiveCount'>): Received {
  const { requeued = false, ...message } = read;
  return { message, redelivered: requeued || receiveCount > 1, again: requeued };
}

/**
 * Moves a message that cannot be processed to where a person sees it.
 * @param error why it cannot
 * @throws QueueUnavailableError: then the message is redelivered
 */
export async function quarantine(
  delivery: Delivery,
  error: Error,
  { queue, log }: { readonly queue: JobQueue; readonly log: Log },
): Promise<Disposition> {
  log.error('message quarantined', { error, messageId: delivery.messageId });
  await queue.quarantine(delivery, error.message);
  return deleted('it cannot be processed, and is in quarantine');
}
