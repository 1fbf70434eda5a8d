import type { UnreadableMessageError } from '../errors.ts';
import type { Log } from '../logger.ts';
import type { Delivery, JobQueue } from '../ports.ts';
import { deleted, type Fate } from './fate.ts';

/**
 * What becomes of a message that cannot be read: it will not be readable next time, so it goes at once to where a
 * person sees it.
 * @throws QueueUnavailableError; it comes again then
 */
export async function putAside(
  delivery: Delivery,
  error: UnreadableMessageError,
  { queue, log }: { readonly queue: JobQueue; readonly log: Log },
): Promise<Fate> {
  log.error('unreadable message put aside', { error, messageId: delivery.messageId });
  await queue.bury(delivery, error.message);
  return deleted('it cannot be read, and is put aside');
}
