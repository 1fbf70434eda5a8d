import type { NotificationMessage } from '../../shared/domain/notify/notification.ts';
import type { OneTimeSchedule } from '../../shared/domain/schedules/schedule-ports.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { recordsOf } from '../../shared/domain/state/stored/notifications-of.ts';
import type { Attempt } from '../../shared/notify/attempt.ts';
import { deliverNotification } from '../../shared/notify/deliver-notification.ts';
import {
  type BreakerLimits,
  breakerLimits,
  EndpointBreakers,
} from '../../shared/notify/endpoint-breakers.ts';
import { FixedClock, fixedRandom, t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryEndpoints, InMemoryEndpointTries } from '../../testkit/fakes/in-memory-endpoints.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import {
  DelayingNotificationQueue,
  InMemoryJobQueue,
  InMemoryNotificationDeadLetters,
} from '../../testkit/fakes/in-memory-queues.ts';
import { InMemoryOneTimeSchedules } from '../../testkit/fakes/in-memory-schedules.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { RecordedMeters } from '../../testkit/fakes/recorded-meters.ts';
import { suspending } from '../../testkit/fakes/suspending.ts';
import { aDelivery, aFailedItem, jobId } from './samples.ts';

export const hook = 'https://hooks.example.com/jobs';
/** What `aFailedItem` is told of. */
export const aNotification = (over: Partial<NotificationMessage> = {}): NotificationMessage => ({
  version: 1,
  tenant: 'a tenant',
  jobId,
  type: 'counting',
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
  /** In place of them. */
  readonly notify?: (message: NotificationMessage) => Attempt;
  /** Runs before every call, and every attempt, under its name. If it throws, the call fails. */
  readonly before?: (call: string, items: Map<string, JobItem>) => void;
  readonly after?: (call: string) => void;
  readonly limits?: Partial<BreakerLimits>;
  /** Its messages come from the common queue, beside which slow receivers have their own. Default: they come from that. */
  readonly isCommon?: boolean;
}

/** The function notify on fakes. It starts at `t0`. */
export function aNotifyFunction({
  item = anEndedItem(),
  attempts = [{ kind: 'delivered' }],
  notify,
  before = () => {},
  after = () => {},
  limits = {},
  isCommon = false,
}: Settings = {}) {
  const table = new InMemoryJobStore();
  table.items.set(jobId, item);
  const clock = new FixedClock();
  const { suspended, suspensions } = suspending();
  const notifications = new DelayingNotificationQueue(clock);
  const slowNotifications = new DelayingNotificationQueue(clock);
  const schedules = new InMemoryOneTimeSchedules<NotificationMessage>(clock);
  const deadLetters = new InMemoryNotificationDeadLetters();
  const queue = new InMemoryJobQueue();
  const log = recordedLog();
  const meters = new RecordedMeters();
  /** When somebody was told, and of what. */
  const notified: { readonly at: number; readonly message: NotificationMessage }[] = [];
  const around = async <T>(call: string, effect: () => Promise<T>): Promise<T> => {
    before(call, table.items);
    const result = await effect();
    after(call);
    return result;
  };
  const endpoints = new InMemoryEndpoints();
  const tries = new InMemoryEndpointTries();
  const random = fixedRandom();
  const watched = { endpoints, clock, random, log, limits: { ...breakerLimits, ...limits } };
  const deps = {
    endpoints,
    breakers: new EndpointBreakers(watched),
    tries,
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
    slowNotifications: isCommon ? slowNotifications : undefined,
    deadLetters: {
      send: (message: NotificationMessage, reason: string) =>
        around('give up', () => deadLetters.send(message, reason)),
    },
    notify: (message: NotificationMessage) =>
      around('tell', async (): Promise<Attempt> => {
        notified.push({ at: clock.now(), message });
        if (notify) return notify(message);
        return attempts[Math.min(notified.length, attempts.length) - 1] ?? { kind: 'delivered' };
      }),
    schedules: {
      create: (schedule: OneTimeSchedule<NotificationMessage>) =>
        around('create a schedule', () => schedules.create(schedule)),
      delete: (name: string) => schedules.delete(name),
    },
    suspensions,
    clock,
    random,
    log,
    meter: meters.on('notify'),
  };
  const deliver = (body: string) => deliverNotification(aDelivery({ body }), deps);
  const deliverSlow = (message = aNotification()) =>
    deliverNotification(aDelivery({ body: JSON.stringify(message) }), {
      ...deps,
      slowNotifications: undefined,
    });
  const stored = () => table.items.get(jobId);
  return {
    deliver: (message = aNotification()) => deliver(JSON.stringify(message)),
    deliverText: deliver,
    /** From the queue of slow receivers. */
    deliverSlow,
    slowNotifications,
    suspended,
    clock,
    endpoints,
    tries,
    notifications,
    schedules,
    deadLetters,
    quarantined: queue.quarantined,
    log,
    meters,
    notified,
    items: table.items,
    stored,
    records: () => recordsOf(stored() ?? {}),
    /** Delivers what the queue has, and what schedules bring, until there is nothing left. A delay is in whole seconds. */
    async drain(receive: (text: string) => Promise<unknown> = deliver): Promise<void> {
      for (;;) {
        const times = [...schedules.schedules.values()].map(({ at }) => at);
        const next = Math.min(...times, notifications.nextAt ?? Number.POSITIVE_INFINITY);
        if (next === Number.POSITIVE_INFINITY) return;
        await clock.advance(Math.max(0, next - clock.now()));
        const fired = [...schedules.schedules.values()].filter(({ at }) => at <= clock.now());
        for (const { name } of fired) await schedules.delete(name);
        const messages = [...fired.map(({ message }) => message), ...notifications.take()];
        for (const message of messages) await receive(JSON.stringify(message));
      }
    },
  };
}
