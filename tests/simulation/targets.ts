import { type Attempt, delivered, failed, impossible } from '../../functions/notify/attempt.ts';
import { jobEnd } from '../../functions/notify/job-end.ts';
import type { NotificationMessage } from '../../shared/job/notification.ts';

/**
 * The targets of notifications. Each fails once when it is told of an end, so that there is always a retry. There is no event
 * bus: who asks for an event cannot be told.
 */
export class Targets {
  readonly #asked = new Set<string>();

  /** @param onTold called if the target takes it */
  tell(message: NotificationMessage, onTold: () => void): Attempt {
    if ('event' in message.target) return impossible('no event bus');
    const key = `${jobEnd(message).id} ${message.position}`;
    if (!this.#asked.has(key)) {
      this.#asked.add(key);
      return failed('HTTP 500');
    }
    onTold();
    return delivered;
  }
}
