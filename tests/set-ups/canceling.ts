import type { Contracts } from '../../shared/author/contract.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { cancelJob } from '../../shared/operations/act/cancel-job.ts';
import type { JobOfTenant } from '../../shared/operations/find/find-job.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../testkit/fakes/in-memory-objects.ts';
import {
  InMemoryJobQueue,
  InMemoryNotificationQueue,
  InMemoryPointerQueue,
  inMemoryJobQueues,
} from '../../testkit/fakes/in-memory-queues.ts';
import { type Hook, intercepted } from '../../testkit/fakes/intercepted.ts';
import { noChildren } from '../../testkit/fakes/no-children.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { contracts as catalog } from '../job-types/contracts.ts';
import { by, jobId, retentionMs } from './samples.ts';

/** Cancels a job on fakes. The table has this item. `before` runs before every call to table and waiting queue. */
export function canceling(
  item: JobItem | undefined,
  before: (call: string, items: Map<string, JobItem>) => void = () => {},
  contracts: Contracts = catalog,
) {
  const table = new InMemoryJobStore();
  if (item) table.items.set(jobId, item);
  const calls: string[] = [];
  const record: Hook = (call) => {
    calls.push(call);
    before(call, table.items);
  };
  const { store } = intercepted({ store: table, queue: new InMemoryJobQueue() }, { before: record });
  const ordered = new InMemoryJobQueue({ isOrdered: true });
  const log = recordedLog();
  const objects = new InMemoryObjectStore();
  const queues = inMemoryJobQueues();
  const notifications = new InMemoryNotificationQueue();
  const pointers = new InMemoryPointerQueue();
  pointers.before = record;
  const clock = new FixedClock();
  const ports = { ...noChildren(), store, objects, ordered, queues, notifications, pointers };
  const deps = { ...ports, contracts, clock, log };
  const cancel = (tenant = 'a tenant', seen?: JobOfTenant['seen']) =>
    cancelJob({ id: jobId, tenant, seen, by }, { ...deps, retentionMs });
  const { items } = table;
  const queued = { ordered, queues, notifications, pointers };
  return { cancel, calls, ...queued, log, items, stored: () => items.get(jobId) };
}
