import type { Attempt } from '../../functions/notify/attempt.ts';
import { deliverNotification } from '../../functions/notify/deliver-notification.ts';
import type { JobItem } from '../../shared/job/item.ts';
import type { NotificationMessage } from '../../shared/job/notification.ts';
import { recordsOf } from '../../shared/job/notifications-of.ts';
import { InMemoryJobQueue } from '../../testkit/fakes/in-memory-job-queue.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { DelayingNotificationQueue, InMemoryNotificationDeadLetters } from './delaying-notification-queue.ts';
import { FixedClock, fixedRandom } from './fixed.ts';
import { aDelivery, aFailedItem, jobId, t0 } from './samples.ts';

export const hook = 'https://hooks.example.com/jobs';
/** What `aFailedItem` is told of. */
export const aNotification = (over: Partial<NotificationMessage> = {}): NotificationMessage => ({
  version: 1,
  tenant: 'a tenant',
  jobId,
  type: 'countdown',
  run: 1,
  status: 'failed',
  createdAt: t0 - 1_000,
  finishedAt: t0 - 500,
  error: { name: 'Error', message: 'no' },
  target: { url: hook },
  position: 0,
  attempts: 0,
  ...over,
});
/** A job that has ended, and that two are told of. */
export const anEndedItem = (over: Partial<JobItem> = {}): JobItem =>
  aFailedItem({ notify: [{ url: hook }, { event: true }], ...over });

interface Settings {
  readonly item?: JobItem | undefined;
  /** How the attempts go; the last one repeats. */
  readonly attempts?: readonly Attempt[];
  /** Runs before every call, and every attempt, under its name. If it throws, the call fails. */
  readonly before?: (call: string, items: Map<string, JobItem>) => void;
  readonly after?: (call: string) => void;
}

/** The function notify on fakes. It starts at `t0`. */
export function aNotifyFunction({
  item = anEndedItem(),
  attempts = [{ kind: 'delivered' }],
  before = () => {},
  after = () => {},
}: Settings = {}) {
  const table = new InMemoryJobStore();
  table.items.set(jobId, item);
  const clock = new FixedClock();
  const notifications = new DelayingNotificationQueue(clock);
  const deadLetters = new InMemoryNotificationDeadLetters();
  const queue = new InMemoryJobQueue();
  const log = recordedLog();
  /** When somebody was told, and of what. */
  const told: { readonly at: number; readonly message: NotificationMessage }[] = [];
  const around = async <T>(call: string, effect: () => Promise<T>): Promise<T> => {
    before(call, table.items);
    const result = await effect();
    after(call);
    return result;
  };
  const deps = {
    store: {
      read: (id: string) => around('read', () => table.read(id)),
      write: (write: Parameters<typeof table.write>[0]) =>
        around(`write ${write.transition}`, () => table.write(write)),
    },
    queue,
    notifications: {
      send: (message: NotificationMessage, delaySeconds?: number) =>
        around('send', () => notifications.send(message, delaySeconds)),
    },
    deadLetters: {
      send: (message: NotificationMessage, reason: string) =>
        around('give up', () => deadLetters.send(message, reason)),
    },
    tell: (message: NotificationMessage) =>
      around('tell', async (): Promise<Attempt> => {
        told.push({ at: clock.now(), message });
        return attempts[Math.min(told.length, attempts.length) - 1] ?? { kind: 'delivered' };
      }),
    clock,
    random: fixedRandom(),
    log,
  };
  const deliver = (body: string) => deliverNotification(aDelivery({ body }), deps);
  const stored = () => table.items.get(jobId);
  return {
    deliver: (message = aNotification()) => deliver(JSON.stringify(message)),
    deliverText: deliver,
    clock,
    notifications,
    deadLetters,
    quarantined: queue.quarantined,
    log,
    told,
    items: table.items,
    stored,
    records: () => recordsOf(stored() ?? {}),
    /** Delivers what the queue has, until it is empty. */
    async drain(): Promise<void> {
      for (let next = notifications.nextAt; next !== undefined; next = notifications.nextAt) {
        await clock.advance(Math.max(0, next - clock.now()));
        for (const message of notifications.take()) await deliver(JSON.stringify(message));
      }
    },
  };
}
