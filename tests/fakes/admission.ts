import { admitJob } from '../../functions/admission/admit-job.ts';
import { contracts as catalog } from '../../job-types/contracts.ts';
import type { Contracts } from '../../shared/job/contract.ts';
import type { JobItem } from '../../shared/job/item.ts';
import { type JobMessage, writeMessage } from '../../shared/job/message.ts';
import type { Delivery, JobQueue } from '../../shared/job/ports.ts';
import { InMemoryJobQueue } from '../../testkit/fakes/in-memory-job-queue.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryNotificationQueue } from '../../testkit/fakes/in-memory-notification-queue.ts';
import { InMemoryObjectStore } from '../../testkit/fakes/in-memory-object-store.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { FixedClock, fixedRandom } from './fixed.ts';
import { intercepted } from './intercepted.ts';
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
  const runQueues = {
    standard: new InMemoryJobQueue(),
    long: new InMemoryJobQueue(),
    server: new InMemoryJobQueue(),
  };
  const notifications = new InMemoryNotificationQueue();
  const clock = new FixedClock();
  const log = recordedLog();
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
  const deps = {
    ...source,
    waiting: source.queue,
    notifications,
    runQueues: {
      standard: ports(runQueues.standard, 'standard').queue,
      long: ports(runQueues.long, 'long').queue,
      server: ports(runQueues.server, 'server').queue,
    },
    contracts,
    objects: new InMemoryObjectStore(),
    clock,
    random: fixedRandom(),
    log,
    retentionMs,
  };
  const admit = (message: JobMessage, over: Partial<Delivery> = {}) =>
    admitJob(aDelivery({ body: writeMessage(message), ...over }), deps);
  const stored = (id = jobId) => store.items.get(id);
  return { admit, store, waiting, runQueues, notifications, clock, log, calls, stored };
}
