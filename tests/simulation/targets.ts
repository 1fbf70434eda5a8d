import type { NotificationMessage } from '../../shared/domain/notify/notification.ts';
import { type Attempt, delivered, failed, impossible } from '../../shared/notify/attempt.ts';
import { jobEnd } from '../../shared/notify/job-end.ts';

/**
 * The targets of notifications. Each fails when it is told of an end, once if nothing else is set, so that there is always a
 * retry. There is no event bus: who asks for an event cannot be told.
 */
export class Targets {
  /** How often each target fails at first. */
  failures = 1;
  readonly #asked = new Map<string, number>();

  /** @param onTold called if the target takes it */
  tell(message: NotificationMessage, onTold: () => void): Attempt {
    if ('event' in message.target) return impossible('no event bus');
    const key = `${jobEnd(message).id} ${message.position}`;
    const asked = this.#asked.get(key) ?? 0;
    this.#asked.set(key, asked + 1);
    if (asked < this.failures) return failed('HTTP 500');
    onTold();
    return delivered;
  }
}
