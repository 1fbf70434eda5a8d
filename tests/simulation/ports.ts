import { suspendedId } from '../../shared/domain/access/access-entry.ts';
import type { AccessStore } from '../../shared/domain/access/ports.ts';
import { ratesIn } from '../../shared/domain/access/rates.ts';
import { batchesIn } from '../../shared/domain/children/batches.ts';
import type { NotificationMessage } from '../../shared/domain/notify/notification.ts';
import type { NotificationDeadLetters, NotificationQueue } from '../../shared/domain/notify/ports.ts';
import { errorGroupsIn } from '../../shared/domain/state/failures/error-groups.ts';
import type { JobMessage } from '../../shared/domain/state/job/message.ts';
import type { JobPointer } from '../../shared/domain/state/job/pointer.ts';
import { debouncesIn } from '../../shared/domain/state/limits/debounces.ts';
import { firstTriesIn } from '../../shared/domain/state/limits/first-tries.ts';
import { pausesIn } from '../../shared/domain/state/limits/pauses.ts';
import { freshLine, type StartRates } from '../../shared/domain/state/limits/start-rate.ts';
import type { JobQueue } from '../../shared/domain/state/ports.ts';
import { groupQueue } from '../../shared/domain/state/tenant-queues.ts';
import { countPort } from './count-rule.ts';
import { endpointPort, triedPort, tryPort } from './endpoint-port.ts';
import type { Instance } from './instance.ts';
import { keepChildrenMs, retentionMs } from './limits.ts';
import type { Ports } from './mutant.ts';
import { duePort } from './net.ts';
import { objectPort, uploadPort } from './object-port.ts';
import { passPorts } from './pass.ts';
import { checkQuarantined } from './quarantine-rule.ts';
import { queuePort } from './queue-port.ts';
import { recordsPort } from './records-port.ts';
import { pointerPort, schedulePort } from './schedule-port.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import { storePort } from './store-port.ts';
import { workPlacePort } from './work-place-port.ts';
import type { World } from './world.ts';

/** Table, queues and bucket as one instance sees them, with its faults and the mutant in between. */
export function portsOf(world: World, instance: Instance, own: SimulatedQueue): Ports {
  const onSubmitted = (message: JobMessage) =>
    world.guard(() => {
      if (instance.role !== 'submit') return world.tenantLimitRule.onMade(message);
      world.tenantLimitRule.onSent(message.id);
      world.runningRule.onSent(instance);
      world.countRule.onSent(message);
      world.pauseDoorRule.onSent(instance, message);
    });
  const between = {
    call: async (what: string, effect: () => void) => {
      await world.interpose?.(instance.role, what, '');
      return instance.call('queue', what, async () => effect());
    },
    onSent: (message: JobMessage) =>
      world.guard(() => {
        world.invariants.order.onSent(message, instance.role);
        world.childRule.onSent(message);
        onSubmitted(message);
      }),
    onQuarantined: (body: string) => world.guard(() => checkQuarantined(body, world.table.items)),
    ...(world.mutant.deduplicationId ? { deduplicationId: world.mutant.deduplicationId } : {}),
  };
  const { waiting, quarantined } = world;
  const { builds } = world;
  const ofBuild = (queue: JobQueue) => builds?.queue(queue, instance) ?? queue;
  const store = storePort(world, instance);
  const records = recordsPort(world, instance);
  const ports = {
    store: builds?.store(store, instance) ?? store,
    objects: objectPort(world, instance),
    multipart: uploadPort(world, instance),
    queue: ofBuild(queuePort({ own, quarantined }, between)),
    ordered: groupQueue(
      world.orderedQueues.map((each) => ofBuild(queuePort({ own: each, quarantined }, between))),
    ),
    waiting: ofBuild(queuePort({ own: waiting, quarantined }, { ...between, onSent: onSubmitted })),
    pointers: pointerPort(world, instance),
    due: duePort(world, instance),
    pauses: pausesIn(records),
    ...passPorts(world, instance, records),
    schedules: schedulePort<JobPointer>(world, instance, waiting),
    notifications: notificationPort(world.notifying, instance),
    slowNotifications: notificationPort(world.slowNotifying, instance),
    notificationSchedules: schedulePort<NotificationMessage>(world, instance, world.notifying),
    givenUp: givenUpPort(world, instance),
    endpoints: endpointPort(world, instance),
    tries: tryPort(world, instance),
    tried: triedPort(world, instance),
    errorGroups: errorGroupsIn(records, Math.max(retentionMs, keepChildrenMs)),
    batches: batchesIn(records),
    rates: world.tenantLimitRule.watched(ratesIn(records)),
    startRates: startRatePort(world, instance),
    workPlaces: workPlacePort(world, instance, records),
    firstTries: firstTriesIn(records),
    debounces: debouncesIn(records),
    counts: countPort(world, instance),
    access: accessPort(world, instance),
  };
  return world.mutant.ports?.(ports, instance.role, world) ?? ports;
}

const accessPort = ({ linkRule, suspended }: World, instance: Instance): AccessStore => ({
  read: (id) =>
    id === suspendedId
      ? instance.call('table', 'read who is suspended', async () => ({
          ...({ id: suspendedId, kind: 'suspended', tenants: new Set(suspended) } as const),
        }))
      : instance.call('table', 'read the secret of links', () => linkRule.access.read(id)),
});

/**
 * A process knows of the keys that it has asked for. TTL removes at once what it may. It stands above the port of records: there each process
 * would begin without a memory, look for a start more than twice, and see no line that it must not overtake.
 */
const startRatePort = (
  { startRates, time }: World,
  instance: Instance,
  known = new Set<string>(),
): StartRates => ({
  take: (rate, now) => {
    known.add(rate.key);
    return instance.call('table', 'take a start', () => {
      startRates.expire(time.now);
      return startRates.take(rate, now);
    });
  },
  giveBack: (rate, start) =>
    instance.call('table', 'give a start back', () => startRates.giveBack(rate, start)),
  nextStart: (rate, now) => (known.has(rate.key) ? startRates.nextStart(rate, now) : now),
  nextInTurn: (rate, now) => (known.has(rate.key) ? startRates.nextInTurn(rate, now) : now),
  join: (rate, now) => instance.call('table', 'take a turn', () => startRates.join(rate, now)),
  hasLine: (rate, now) => startRates.hasLine(rate, now),
  beginCall: (key, call) => {
    known.add(key);
    return instance.call('table', 'begin a call', () => startRates.beginCall(key, call));
  },
  endCall: (key, id, ended) => instance.call('table', 'end a call', () => startRates.endCall(key, id, ended)),
  callLine: (key) => (known.has(key) ? startRates.callLine(key) : freshLine),
});

const notificationPort = (queue: SimulatedQueue, instance: Instance): NotificationQueue => ({
  send: (message, delaySeconds = 0) =>
    instance.call('queue', `send to ${queue.name}`, async () => {
      queue.send(JSON.stringify(message), { delayMs: Math.ceil(delaySeconds) * 1000 });
    }),
});

const givenUpPort = ({ guard, notifyRule, time }: World, instance: Instance): NotificationDeadLetters => ({
  send: (message) =>
    instance.call('queue', 'send to the dead letters of notify', async () =>
      guard(() => notifyRule.onGivenUp(message, time.now)),
    ),
});
