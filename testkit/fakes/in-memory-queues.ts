import { QueueUnavailableError } from '../../shared/domain/base/errors.ts';
import type { Clock } from '../../shared/domain/base/ports.ts';
import { maxQueueDelaySeconds } from '../../shared/domain/base/schedule-time.ts';
import type { NotificationMessage } from '../../shared/domain/notify/notification.ts';
import type { NotificationDeadLetters, NotificationQueue } from '../../shared/domain/notify/ports.ts';
import type { PointerQueue } from '../../shared/domain/schedules/schedule-ports.ts';
import type { JobMessage } from '../../shared/domain/state/job/message.ts';
import type { JobPointer } from '../../shared/domain/state/job/pointer.ts';
import { type Delivery, type JobQueue, type QueueName, queueNames } from '../../shared/domain/state/ports.ts';

/** A queue that records the calls made to it. A call whose name is in `failing` throws. */
export class InMemoryJobQueue implements JobQueue {
  readonly isOrdered: boolean;
  readonly sent: { readonly message: JobMessage; readonly delaySeconds: number }[] = [];
  readonly visibilityChanges: { readonly receiptHandle: string; readonly seconds: number }[] = [];
  readonly quarantined: { readonly body: string; readonly reason: string }[] = [];
  readonly failing = new Set<keyof JobQueue>();

  constructor({ isOrdered = false } = {}) {
    this.isOrdered = isOrdered;
  }

  async send(message: JobMessage, delaySeconds = 0): Promise<void> {
    this.#throwIfFailing('send');
    this.sent.push({ message, delaySeconds });
  }

  async changeVisibility({ receiptHandle }: Pick<Delivery, 'receiptHandle'>, seconds: number): Promise<void> {
    this.#throwIfFailing('changeVisibility');
    this.visibilityChanges.push({ receiptHandle, seconds });
  }

  async quarantine({ body }: Delivery, reason: string): Promise<void> {
    this.#throwIfFailing('quarantine');
    this.quarantined.push({ body, reason });
  }

  #throwIfFailing(call: keyof JobQueue): void {
    if (this.failing.has(call)) throw new QueueUnavailableError(`${call} fails in this test`);
  }
}

/** Something for each queue that messages of jobs are sent to. */
export const everyQueue = <Made>(make: (name: QueueName) => Made): Readonly<Record<QueueName, Made>> =>
  Object.fromEntries(queueNames.map((name) => [name, make(name)])) as Record<QueueName, Made>;

export const inMemoryJobQueues = () =>
  everyQueue((name) => new InMemoryJobQueue({ isOrdered: name === 'ordered' }));

/** A queue that records the pointers sent to it. */
export class InMemoryPointerQueue implements PointerQueue {
  readonly sent: { readonly pointer: JobPointer; readonly delaySeconds: number }[] = [];
  /** Whose each of them is. */
  readonly tenants: (string | undefined)[] = [];
  isFailing = false;
  /** Runs before every call. */
  before: (call: string) => void | Promise<void> = () => undefined;

  async send(pointer: JobPointer, delaySeconds = 0, tenant?: string): Promise<void> {
    await this.before('send pointer');
    if (this.isFailing) throw new QueueUnavailableError('send fails in this test');
    this.tenants.push(tenant);
    this.sent.push({ pointer, delaySeconds });
  }
}

/** A queue of notifications that records what is sent to it. */
export class InMemoryNotificationQueue implements NotificationQueue {
  readonly sent: { readonly message: NotificationMessage; readonly delaySeconds: number }[] = [];
  isFailing = false;

  async send(message: NotificationMessage, delaySeconds = 0): Promise<void> {
    if (this.isFailing) throw new QueueUnavailableError('send fails in this test');
    this.sent.push({ message, delaySeconds });
  }
}

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
