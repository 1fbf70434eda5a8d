import type { JobActions } from '../../job-types/bulk-action/handler.ts';
import { defined } from '../../shared/domain/base/defined.ts';
import { actOnJob } from '../../shared/operations/act/act-on-job.ts';
import { listJobs } from '../../shared/operations/find/list-jobs.ts';
import { FixedClock, t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryMultipartUploads, InMemoryObjectStore } from '../../testkit/fakes/in-memory-objects.ts';
import {
  InMemoryNotificationQueue,
  InMemoryPointerQueue,
  inMemoryJobQueues,
} from '../../testkit/fakes/in-memory-queues.ts';
import { type Hook, intercepted } from '../../testkit/fakes/intercepted.ts';
import { noChildren } from '../../testkit/fakes/no-children.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { suspending } from '../../testkit/fakes/suspending.ts';
import { contracts } from '../job-types/contracts.ts';
import { aListing } from './listing.ts';
import { retentionMs } from './samples.ts';

/** When the bulk action is submitted: after all that happens to the jobs of a listing. */
export const submittedAt = t0 + 1_000;

/** The use cases behind a bulk action, on fakes. */
export function theJobActions({ listShards = 2 } = {}) {
  const jobs = aListing({ listShards });
  const clock = new FixedClock(submittedAt + 1_000);
  const queues = inMemoryJobQueues();

  /** As a worker has them. The hooks run before and after every call to the table, its lists and the long queue. */
  function actions({
    before = () => {},
    after = () => {},
    erasesAtOnce,
  }: {
    before?: Hook;
    after?: Hook;
    erasesAtOnce?: { readonly looks: number; readonly erases: number };
  } = {}): JobActions {
    const { store, queue } = intercepted({ store: jobs.store, queue: queues.long }, { before, after });
    const list = {
      find: (query: Parameters<typeof jobs.list.find>[0]) => around('find', () => jobs.list.find(query)),
      read: (ids: readonly string[]) => around('read many', () => jobs.list.read(ids)),
    };
    const around = async <T>(call: string, effect: () => Promise<T>): Promise<T> => {
      await before(call);
      const result = await effect();
      await after(call);
      return result;
    };
    const deps = {
      ...{ ...family, ...common, store, queues: { ...queues, long: queue } },
      ...defined({ erasesAtOnce }),
    };
    return {
      list: (request) => listJobs(request, { list, listShards }),
      act: (action, seen, by) => actOnJob(action, { seen, by }, deps),
    };
  }

  const family = noChildren();
  const tables = { batches: family.batches, items: jobs.store.items };
  const { waiting, ordered } = queues;
  const objects = new InMemoryObjectStore();
  const multipart = new InMemoryMultipartUploads(objects.objects);
  const log = recordedLog();
  const notifications = new InMemoryNotificationQueue();
  const pointers = new InMemoryPointerQueue();
  const ports = { waiting, ordered, notifications, pointers, objects, multipart };
  const { suspended, suspensions } = suspending();
  const common = { ...ports, suspensions, contracts, clock, log, retentionMs };
  return { jobs, queues, clock, actions, suspended, notifications, tables };
}
