import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import type { Charges } from '../../shared/domain/access/ports.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { queueNames } from '../../shared/domain/state/ports.ts';
import { retryJob } from '../../shared/operations/act/retry-job.ts';
import type { JobOfTenant } from '../../shared/operations/find/find-job.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { inMemoryBatches } from '../../testkit/fakes/in-memory-batches.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../testkit/fakes/in-memory-objects.ts';
import {
  InMemoryNotificationQueue,
  InMemoryPointerQueue,
  inMemoryJobQueues,
} from '../../testkit/fakes/in-memory-queues.ts';
import { intercepted } from '../../testkit/fakes/intercepted.ts';
import { suspending } from '../../testkit/fakes/suspending.ts';
import { contracts } from '../job-types/contracts.ts';
import { by, jobId } from './samples.ts';

/** Retries a job on fakes. The table has this item. `before` runs before every call to table and long queue. */
export function retrying(
  item: JobItem | undefined,
  before: (call: string, table: InMemoryJobStore) => void | Promise<void> = () => {},
) {
  const table = new InMemoryJobStore();
  const queues = inMemoryJobQueues();
  const queue = queues.long;
  if (item) table.items.set(jobId, item);
  const { suspended, suspensions } = suspending();
  const batches = inMemoryBatches();
  const pointers = new InMemoryPointerQueue();
  const family = new ParentNotifier({ store: table, batches, pointers, clock: new FixedClock() });
  const objects = new InMemoryObjectStore();
  const notifications = new InMemoryNotificationQueue();
  const calls: string[] = [];
  const charges: Charges = { charge: async (tenant, jobs) => void calls.push(`charge ${tenant} ${jobs}`) };
  const record = (call: string) => {
    calls.push(call);
    return before(call, table);
  };
  const ports = intercepted({ store: table, queue }, { before: record });
  /** The same for a stage that counts retries. */
  const retryCounted = () => retry('a tenant', undefined, charges);
  const retry = (tenant = 'a tenant', seen?: JobOfTenant['seen'], own?: Charges) =>
    retryJob(
      { id: jobId, tenant, seen, by },
      {
        store: ports.store,
        queues: { ...queues, long: ports.queue },
        suspensions,
        notifications,
        contracts,
        objects,
        clock: new FixedClock(),
        charges: own,
        family,
      },
    );
  /** The messages that were sent, each with the name of its queue. */
  const sent = () => queueNames.flatMap((name) => queues[name].sent.map((one) => ({ queue: name, ...one })));
  return {
    retry,
    retryCounted,
    suspended,
    batches,
    calls,
    queue,
    notifications,
    objects,
    sent,
    stored: () => table.items.get(jobId),
  };
}
