import { QueueUnavailableError } from '../../shared/job/errors.ts';
import type { NotificationMessage } from '../../shared/job/notification.ts';
import type { NotificationQueue } from '../../shared/job/ports.ts';

/** A queue of notifications that records what is sent to it. */
export class InMemoryNotificationQueue implements NotificationQueue {
  readonly sent: { readonly message: NotificationMessage; readonly delaySeconds: number }[] = [];
  isFailing = false;

  async send(message: NotificationMessage, delaySeconds = 0): Promise<void> {
    if (this.isFailing) throw new QueueUnavailableError('send fails in this test');
    this.sent.push({ message, delaySeconds });
  }
}
