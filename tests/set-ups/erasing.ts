import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { eraseJob } from '../../shared/operations/act/erase-job.ts';
import type { JobOfTenant } from '../../shared/operations/find/find-job.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryMultipartUploads, InMemoryObjectStore } from '../../testkit/fakes/in-memory-objects.ts';
import {
  InMemoryJobQueue,
  InMemoryNotificationQueue,
  InMemoryPointerQueue,
} from '../../testkit/fakes/in-memory-queues.ts';
import { type Hook, intercepted } from '../../testkit/fakes/intercepted.ts';
import { noChildren } from '../../testkit/fakes/no-children.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { by, jobId } from './samples.ts';

/** Erases a job on fakes. The table has these items. `before` runs before every call to the table, and every pointer. */
export function erasing(
  items: readonly JobItem[],
  before: (call: string, table: InMemoryJobStore) => void | Promise<void> = () => {},
) {
  const table = new InMemoryJobStore();
  for (const item of items) table.items.set(item.id, item);
  const calls: string[] = [];
  const record: Hook = (call) => {
    calls.push(call);
    return before(call, table);
  };
  const { store } = intercepted({ store: table, queue: new InMemoryJobQueue() }, { before: record });
  const pointers = new InMemoryPointerQueue();
  pointers.before = record;
  const objects = new InMemoryObjectStore();
  const multipart = new InMemoryMultipartUploads(objects.objects);
  const log = recordedLog();
  const notifications = new InMemoryNotificationQueue();
  const clock = new FixedClock();
  const family = noChildren();
  const deps = {
    ...family,
    store,
    pointers,
    notifications,
    objects,
    multipart,
    log,
    clock,
  };
  const erase = (tenant = 'a tenant', seen?: JobOfTenant['seen']) =>
    eraseJob({ id: jobId, tenant, seen, by }, deps);
  const erasePart = (erasesAtOnce: { readonly looks: number; readonly erases: number }, id = jobId) =>
    eraseJob({ id, tenant: 'a tenant', by }, { ...deps, erasesAtOnce });
  return {
    erase,
    erasePart,
    clock,
    tables: { batches: family.batches, items: table.items },
    calls,
    pointers,
    notifications,
    objects,
    multipart,
    log,
    stored: () => table.items.get(jobId),
  };
}
