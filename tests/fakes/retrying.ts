import { contracts } from '../../job-types/contracts.ts';
import type { JobItem } from '../../shared/job/item.ts';
import { queueNames } from '../../shared/job/ports.ts';
import { retryJob } from '../../shared/operations/retry-job.ts';
import { FixedClock } from './fixed.ts';
import { InMemoryJobQueue } from './in-memory-job-queue.ts';
import { InMemoryJobStore } from './in-memory-job-store.ts';
import { intercepted } from './intercepted.ts';
import { jobId } from './samples.ts';

/** Retries on fakes, with a table that has this item; `before` is told of every call but those to other queues. */
export function retrying(
  item: JobItem | undefined,
  before: (call: string, table: InMemoryJobStore) => void = () => {},
) {
  const table = new InMemoryJobStore();
  const queues = {
    standard: new InMemoryJobQueue(),
    long: new InMemoryJobQueue(),
    ordered: new InMemoryJobQueue({ isOrdered: true }),
    waiting: new InMemoryJobQueue(),
  };
  const queue = queues.long;
  if (item) table.items.set(jobId, item);
  const calls: string[] = [];
  const note = (call: string) => {
    calls.push(call);
    before(call, table);
  };
  const ports = intercepted({ store: table, queue }, { before: note });
  const retry = (tenant = 'a tenant') =>
    retryJob(
      { id: jobId, tenant },
      { store: ports.store, queues: { ...queues, long: ports.queue }, contracts, clock: new FixedClock() },
    );
  /** What was sent, and where to. */
  const sent = () => queueNames.flatMap((name) => queues[name].sent.map((one) => ({ queue: name, ...one })));
  return { retry, calls, queue, sent, stored: () => table.items.get(jobId) };
}
