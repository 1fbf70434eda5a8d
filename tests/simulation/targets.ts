import { type Attempt, delivered, failed } from '../../functions/notify/attempt.ts';
import { jobEnd } from '../../functions/notify/job-end.ts';
import type { NotificationMessage } from '../../shared/job/notification.ts';

/** The targets of notifications. Each fails once when it is told of an end, so that there is always a retry. */
export class Targets {
  readonly #asked = new Set<string>();

  /** @param onTold called if the target takes it */
  tell(message: NotificationMessage, onTold: () => void): Attempt {
    const key = `${jobEnd(message).id} ${message.position}`;
    if (!this.#asked.has(key)) {
      this.#asked.add(key);
      return failed('HTTP 500');
    }
    onTold();
    return delivered;
  }
}
