import { QueueUnavailableError } from '../../shared/job/errors.ts';
import type { NotificationMessage } from '../../shared/job/notification.ts';
import type { Clock, NotificationDeadLetters, NotificationQueue } from '../../shared/job/ports.ts';
import { maxQueueDelaySeconds } from '../../shared/job/schedule-time.ts';

/** The queue of notifications: a message is there until it is taken, and can be taken after its delay. */
export class DelayingNotificationQueue implements NotificationQueue {
  readonly #clock: Pick<Clock, 'now'>;
  /** In the order in which they were sent. */
  readonly sent: { readonly message: NotificationMessage; readonly delaySeconds: number }[] = [];
  #waiting: { readonly message: NotificationMessage; readonly visibleAt: number }[] = [];
  isFailing = false;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  async send(message: NotificationMessage, delaySeconds = 0): Promise<void> {
    if (this.isFailing) throw new QueueUnavailableError('send fails in this test');
    const seconds = Math.min(Math.ceil(delaySeconds), maxQueueDelaySeconds);
    this.sent.push({ message, delaySeconds: seconds });
    this.#waiting.push({ message, visibleAt: this.#clock.now() + seconds * 1000 });
  }

  /** Takes the messages that are visible by now. */
  take(): readonly NotificationMessage[] {
    const now = this.#clock.now();
    const visible = this.#waiting.filter(({ visibleAt }) => visibleAt <= now);
    this.#waiting = this.#waiting.filter(({ visibleAt }) => visibleAt > now);
    return visible.map(({ message }) => message);
  }

  /** When the next message is visible; undefined if there is none. */
  get nextAt(): number | undefined {
    const times = this.#waiting.map(({ visibleAt }) => visibleAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}

/** The dead letters of notifications. */
export class InMemoryNotificationDeadLetters implements NotificationDeadLetters {
  readonly sent: { readonly message: NotificationMessage; readonly reason: string }[] = [];

  async send(message: NotificationMessage, reason: string): Promise<void> {
    this.sent.push({ message, reason });
  }
}
