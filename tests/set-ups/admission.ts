import { processArrival } from '../../shared/admission/process-arrival.ts';
import type { Contracts } from '../../shared/author/contract.ts';
import type { Schedule } from '../../shared/domain/schedules/schedule.ts';
import { ErrorGrouping } from '../../shared/domain/state/error-grouping.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { type JobMessage, writeMessage } from '../../shared/domain/state/job/message.ts';
import type { JobPointer } from '../../shared/domain/state/job/pointer.ts';
import type { Delivery, JobQueue } from '../../shared/domain/state/ports.ts';
import { FixedClock, fixedRandom } from '../../testkit/fakes/fixed.ts';
import { InMemoryErrorGroups } from '../../testkit/fakes/in-memory-error-groups.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../testkit/fakes/in-memory-objects.ts';
import {
  everyQueue,
  InMemoryJobQueue,
  InMemoryNotificationQueue,
  InMemoryPointerQueue,
  inMemoryJobQueues,
} from '../../testkit/fakes/in-memory-queues.ts';
import { InMemoryOneTimeSchedules } from '../../testkit/fakes/in-memory-schedules.ts';
import { intercepted } from '../../testkit/fakes/intercepted.ts';
import { noChildren } from '../../testkit/fakes/no-children.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { RecordedMeters } from '../../testkit/fakes/recorded-meters.ts';
import { suspending } from '../../testkit/fakes/suspending.ts';
import { contracts as catalog } from '../job-types/contracts.ts';
import { aDelivery, jobId, retentionMs } from './samples.ts';

/** Admission on fakes. The table has these items. `before` runs before every call to the table and to the queues. */
export function anAdmission(
  items: readonly JobItem[] = [],
  before: (call: string, items: Map<string, JobItem>) => void | Promise<void> = () => {},
  contracts: Contracts = catalog,
) {
  const store = new InMemoryJobStore();
  for (const item of items) store.items.set(item.id, item);
  const waiting = new InMemoryJobQueue();
  const runQueues = inMemoryJobQueues();
  const notifications = new InMemoryNotificationQueue();
  const pointers = new InMemoryPointerQueue();
  const objects = new InMemoryObjectStore();
  const clock = new FixedClock();
  const log = recordedLog();
  const groups = new InMemoryErrorGroups();
  const schedules = new InMemoryOneTimeSchedules<JobPointer>(clock);
  const recorded = {
    create: async (schedule: Parameters<typeof schedules.create>[0]) => {
      await before(`create ${schedule.name}`, store.items);
      calls.push('create schedule');
      return schedules.create(schedule);
    },
    delete: async (name: string) => {
      calls.push('delete schedule');
      return schedules.delete(name);
    },
  };
  const calls: string[] = [];
  const ports = (queue: JobQueue, prefix: string) => {
    const record = (call: string) => {
      const isTableCall = call.startsWith('read') || call.startsWith('write');
      const name = isTableCall ? call : `${prefix}: ${call}`;
      calls.push(name);
      return before(name, store.items);
    };
    return intercepted({ store, queue }, { before: record });
  };
  const source = ports(waiting, 'waiting');
  const meters = new RecordedMeters();
  const deps = {
    meter: meters.on('waiting'),
    ...admissionOnly(waiting),
    ...source,
    pointers,
    notifications,
    grouping: new ErrorGrouping({ groups, clock, log }),
    runQueues: everyQueue((name) => ports(runQueues[name], name).queue),
    ordered: ports(runQueues.ordered, 'ordered').queue,
    ...noChildren(),
    schedules: recorded,
    contracts,
    meters,
    objects,
    clock,
    random: fixedRandom(),
    log,
    retentionMs,
  };
  const receive = (text: unknown, over: Partial<Delivery> = {}) =>
    processArrival(aDelivery({ body: JSON.stringify(text), ...over }), deps);
  const admit = (message: JobMessage, over: Partial<Delivery> = {}) =>
    processArrival(aDelivery({ body: writeMessage(message), ...over }), deps);
  const stored = (id = jobId) => store.items.get(id);
  const seen = { runQueues, notifications, schedules, objects, clock, log, meters, calls };
  return { admit, receive, deps, store, waiting, pointers, ...seen, stored };
}

/** What only admission has, with one queue for all run queues. */
export const admissionOnly = (queue: JobQueue) => ({
  ...suspending(),
  runQueues: everyQueue(() => queue),
  ordered: queue,
  schedules: new InMemoryOneTimeSchedules<JobPointer>(),
  meters: new RecordedMeters(),
  contracts: catalog,
  recurring: [] as readonly Schedule[],
  paused: { read: async (): Promise<ReadonlySet<string>> => new Set() },
  listShards: 1,
  notify: [],
});
