import type { Clock } from '../domain/base/ports.ts';
import type { JobMessage } from '../domain/state/job/message.ts';
import type { JobQueue, JobStore } from '../domain/state/ports.ts';
import { noteCopyWrite } from '../domain/state/writes/message-writes.ts';

export interface CopyDependencies {
  readonly store: Pick<JobStore, 'write'>;
  readonly clock: Clock;
}

/** Where a copy goes, and when. */
interface Sending {
  readonly queue: Pick<JobQueue, 'send'>;
  readonly delaySeconds?: number;
  /**
   * Whether the copy is sent although the table is out of reach: the message has few receives left, and comes again
   * soon.
   */
  readonly mayBeUnseen?: boolean;
}

/**
 * Sends a copy that takes the place of a message. The copy is in its queue for 14 days from now on, so the item says
 * first that there is one: else the job would count as stuck while the copy waits. A process that dies in between
 * leaves the message itself.
 * @throws StoreUnavailableError, QueueUnavailableError
 */
export async function sendCopy(
  message: JobMessage,
  { queue, delaySeconds, mayBeUnseen = false }: Sending,
  { store, clock }: CopyDependencies,
): Promise<void> {
  await store.write(noteCopyWrite(message, clock.now())).catch((error: unknown) => {
    if (!mayBeUnseen) throw error;
  });
  await queue.send({ ...message, requeued: true }, delaySeconds);
}
