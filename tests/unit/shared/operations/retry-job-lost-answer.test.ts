import { expect, test } from '@jest/globals';
import { contracts } from '../../../../job-types/contracts.ts';
import { ConflictError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import type { JobStore } from '../../../../shared/job/ports.ts';
import { retryJob } from '../../../../shared/operations/retry-job.ts';
import { FixedClock } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';

import { InMemoryObjectStore } from '../../../../testkit/fakes/in-memory-objects.ts';
import { InMemoryJobQueue, InMemoryNotificationQueue } from '../../../../testkit/fakes/in-memory-queues.ts';
import { aFailedItem, jobId } from '../../../set-ups/samples.ts';

/** Retries a canceled job whose message is in the queue. Before the SDK repeats the write, `meanwhile` changes the item. */
function retryWithLostAnswer(meanwhile: (item: JobItem) => Partial<JobItem>) {
  const table = new InMemoryJobStore();
  table.items.set(jobId, aFailedItem({ status: 'canceled', message: undefined }));
  const store: JobStore = {
    read: (id) => table.read(id),
    write: async (write) => {
      const written = await table.write(write);
      if (written) table.items.set(jobId, { ...written, ...meanwhile(written) });
      return written && table.write(write);
    },
  };
  const queue = new InMemoryJobQueue();
  const queues = { standard: queue, long: queue, server: queue, ordered: queue, waiting: queue };
  const objects = new InMemoryObjectStore();
  return retryJob(
    { id: jobId, tenant: 'a tenant' },
    {
      store,
      queues,
      notifications: new InMemoryNotificationQueue(),
      contracts,
      objects,
      clock: new FixedClock(),
    },
  );
}

test.each(['queued', 'running', 'succeeded'] as const)(
  'a retry whose answer was lost is no conflict, although the job is %s by then',
  async (status) => {
    expect(await retryWithLostAnswer(() => ({ status }))).toMatchObject({ status });
  },
);

test('a retry that was not made is a conflict, even if another one was', async () => {
  const another = { status: 'queued', history: [{ event: 'resubmitted', at: 5, attempt: 0 }] } as const;
  await expect(retryWithLostAnswer(() => ({ ...another, history: [...another.history] }))).rejects.toThrow(
    ConflictError,
  );
});
