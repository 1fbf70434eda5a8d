import { describe, expect, test } from '@jest/globals';
import {
  ConflictError,
  JobNotFoundError,
  QueueUnavailableError,
  StoreUnavailableError,
  TenantSuspendedError,
  UnreadableMessageError,
} from '../../../../../shared/domain/base/errors.ts';
import { rootExpiryOf } from '../../../../../shared/domain/children/batch.ts';
import { ObjectsUnavailableError } from '../../../../../shared/domain/objects/object-errors.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { type JobMessage, writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import type { JobStore } from '../../../../../shared/domain/state/ports.ts';
import { retryJob } from '../../../../../shared/operations/act/retry-job.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../../../../testkit/fakes/in-memory-objects.ts';
import {
  everyQueue,
  InMemoryJobQueue,
  InMemoryNotificationQueue,
} from '../../../../../testkit/fakes/in-memory-queues.ts';
import { noChildren } from '../../../../../testkit/fakes/no-children.ts';
import { suspending } from '../../../../../testkit/fakes/suspending.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { retrying } from '../../../../set-ups/retrying.ts';
import {
  aFailedItem,
  aMessage,
  anId,
  aQueuedItem,
  aRoot,
  aRunningItem,
  by,
  dayMs,
  jobId,
} from '../../../../set-ups/samples.ts';

const failedTwice = aFailedItem({ run: 2 });
const unsaved = aFailedItem({ status: 'canceled', message: undefined });

const kept = '@messages/a';
const inObject = aFailedItem({ message: kept, messageObject: 'messages/a' });

describe('retry job', () => {
  test.each([
    ['failed', 'retry', aFailedItem({ batches: new Set([anId(1)]) })],
    ['canceled', 'revive', { ...unsaved, batches: new Set([anId(1)]) }],
  ] as const)(
    'keeps the roots of a %s parent for longer, and then writes the %s',
    async (_what, write, item) => {
      const seen: unknown[] = [];
      const root = aRoot({ expiresAt: 7 });
      const { retry, batches } = retrying(item, (call) => {
        if (call === `write ${write}`) seen.push(batches.roots.get(root.batch)?.expiresAt);
      });
      batches.roots.set(root.batch, root);
      await retry();
      expect(seen).toEqual([rootExpiryOf(t0)]);
    },
  );

  describe('retryJob', () => {
    test.each(['failed', 'canceled'] as const)(
      'sends the saved message of a %s job as the next run, and then writes the retry',
      async (status) => {
        const { retry, calls, sent } = retrying({ ...failedTwice, status });
        expect(await retry()).toMatchObject({
          status: 'queued',
          run: 3,
          attempt: 0,
          fencingToken: 3,
          updatedAt: t0,
        });
        expect(calls).toEqual(['read', 'send run 3', 'write retry']);
        expect(sent()).toEqual([
          { queue: 'long', message: aMessage({ run: 3, retriedBy: by }), delaySeconds: 0 },
        ]);
      },
    );

    test('refuses a suspended tenant, and sends and writes nothing', async () => {
      const { retry, calls, suspended } = retrying(failedTwice);
      suspended.add('a tenant');
      await expect(retry()).rejects.toThrow(TenantSuspendedError);
      expect(calls).toEqual(['read']);
    });

    test('keeps the dependents of a canceled job, so that its next end wakes them', async () => {
      const dependents = new Set([anId(1)]);
      const { retry } = retrying(aFailedItem({ status: 'canceled', dependents }));
      expect(await retry()).toMatchObject({ status: 'queued', dependents });
    });

    test('revives a canceled job whose message is still in the queue, and sends nothing', async () => {
      const { retry, calls } = retrying(unsaved);
      expect(await retry()).toMatchObject({ status: 'queued', run: 1, attempt: 0, fencingToken: 3 });
      expect(calls).toEqual(['read', 'write revive']);
    });

    test('is charged before the next run begins, and once, however often the job changes meanwhile', async () => {
      const failed = retrying(failedTwice);
      await failed.retryCounted();
      expect(failed.calls).toEqual(['read', 'charge a tenant 1', 'send run 3', 'write retry']);
      let changes = 0;
      const revived = retrying(unsaved, (call, table) => {
        if (call !== 'write revive' || changes > 1) return;
        changes += 1;
        table.items.set(jobId, { ...unsaved, updatedAt: unsaved.updatedAt + changes });
      });
      await revived.retryCounted();
      expect(revived.calls.filter((call) => call.startsWith('charge'))).toEqual(['charge a tenant 1']);
      expect(revived.calls.slice(0, 3)).toEqual(['read', 'charge a tenant 1', 'write revive']);
    });

    test('is not charged if there is nothing to retry', async () => {
      for (const item of [aQueuedItem(), aFailedItem({ message: '?' })]) {
        const { retryCounted, calls } = retrying(item);
        await expect(retryCounted()).rejects.toThrow();
        expect(calls).toEqual(['read']);
      }
    });

    test.each([
      ['a queued job', aQueuedItem()],
      ['a waiting job', aQueuedItem({ status: 'waiting' })],
      ['a running job', aRunningItem()],
      ['a running job with a cancel requested', aRunningItem({ cancelRequested: true })],
      ['a succeeded job', aFailedItem({ status: 'succeeded', message: undefined })],
      [
        'a child of a job',
        aFailedItem({ parent: { id: anId(1), batch: anId(2), index: 0, shard: 0, depth: 1 } }),
      ],
    ])('throws a ConflictError for %s', async (_what, item) => {
      const { retry, calls, stored } = retrying(item);
      await expect(retry()).rejects.toThrow(ConflictError);
      expect(calls).toEqual(['read']);
      expect(stored()).toEqual(item);
    });

    test('throws a JobNotFoundError for a job that does not exist or is of another tenant', async () => {
      await expect(retrying(undefined).retry()).rejects.toThrow(JobNotFoundError);
      await expect(retrying(aFailedItem()).retry('another')).rejects.toThrow(JobNotFoundError);
    });

    test('throws and writes nothing if the message cannot be sent', async () => {
      const { retry, queue, stored } = retrying(aFailedItem());
      queue.failing.add('send');
      await expect(retry()).rejects.toThrow(QueueUnavailableError);
      expect(stored()).toEqual(aFailedItem());
    });

    test('throws and does nothing if the saved message is unreadable', async () => {
      const { retry, calls } = retrying(aFailedItem({ message: '?' }));
      await expect(retry()).rejects.toThrow(UnreadableMessageError);
      expect(calls).toEqual(['read']);
    });
  });

  describe('retryJob, if the message is in an object,', () => {
    test('sends what the object has', async () => {
      const { retry, objects, sent } = retrying(inObject);
      await objects.put({
        name: 'messages/a',
        body: writeMessage(aMessage()),
        contentType: 'application/json',
      });
      expect(await retry()).toMatchObject({ status: 'queued', run: 2 });
      expect(sent()).toEqual([
        { queue: 'long', message: aMessage({ run: 2, retriedBy: by }), delaySeconds: 0 },
      ]);
    });

    test('throws a ConflictError that says so if the object is gone, and sends nothing', async () => {
      const { retry, sent, stored } = retrying(inObject);
      await expect(retry()).rejects.toThrow(
        expect.objectContaining({
          name: 'ConflictError',
          message: 'The job cannot be retried: its payload is not kept any more.',
        }),
      );
      expect(sent()).toEqual([]);
      expect(stored()).toEqual(inObject);
    });

    test('reads the job again if the object is gone because the job has failed again since', async () => {
      const failedAgain = aFailedItem({ run: 2 });
      let reads = 0;
      const { retry, calls } = retrying(inObject, (call, { items }) => {
        reads += call === 'read' ? 1 : 0;
        if (reads === 2) items.set(jobId, failedAgain);
      });
      expect(await retry()).toMatchObject({ status: 'queued', run: 3 });
      expect(calls).toEqual(['read', 'read', 'read', 'send run 3', 'write retry']);
    });

    test('throws and sends nothing if the bucket is out of reach', async () => {
      const { retry, objects, sent } = retrying(inObject);
      objects.read = () => {
        throw new ObjectsUnavailableError('no');
      };
      await expect(retry()).rejects.toThrow(ObjectsUnavailableError);
      expect(sent()).toEqual([]);
    });
  });

  describe('retryJob, if the job changes after it was read,', () => {
    test.each([
      ['queued by the receiver of the message', aQueuedItem({ run: 2, fencingToken: 3 })],
      ['started meanwhile', aRunningItem({ run: 2, fencingToken: 4 })],
      ['finished meanwhile', aFailedItem({ run: 2, status: 'succeeded' })],
    ])('returns the job as retried if the next run was %s', async (_what, next) => {
      const { retry, calls } = retrying(aFailedItem(), (call, { items }) => {
        if (call === 'write retry') items.set(jobId, next);
      });
      expect(await retry()).toEqual(next);
      expect(calls).toEqual(['read', 'send run 2', 'write retry', 'read']);
    });

    test('throws a ConflictError if the job is running in the same run', async () => {
      const { retry } = retrying(aFailedItem(), (call, { items }) => {
        if (call === 'write retry') items.set(jobId, aRunningItem());
      });
      await expect(retry()).rejects.toThrow(ConflictError);
    });

    test('sends the message if the message was saved meanwhile', async () => {
      const { retry, calls } = retrying(unsaved, (call, { items }) => {
        if (call === 'write revive') items.set(jobId, aFailedItem({ status: 'canceled' }));
      });
      expect(await retry()).toMatchObject({ status: 'queued', run: 2 });
      expect(calls).toEqual(['read', 'write revive', 'read', 'send run 2', 'write retry']);
    });

    test('throws a ConflictError if another call has revived the job', async () => {
      const { retry } = retrying(unsaved, (call, { items }) => {
        if (call === 'write revive') items.set(jobId, aQueuedItem());
      });
      await expect(retry()).rejects.toThrow(ConflictError);
    });

    test('throws a StoreUnavailableError after 5 tries if it changes each time', async () => {
      const { retry, calls } = retrying(unsaved, (call, { items }) => {
        if (call === 'write revive') items.set(jobId, { ...unsaved, run: unsaved.run + calls.length });
      });
      await expect(retry()).rejects.toThrow(StoreUnavailableError);
      expect(calls).toHaveLength(10);
    });
  });

  test.each([aFailedItem({ type: 'bulk-action' }), aQueuedItem({ type: 'bulk-action', status: 'canceled' })])(
    'a bulk action is not retried: it has the rights of who started it',
    async (item) => {
      const { retry, calls } = retrying(item);
      await expect(retry()).rejects.toThrow(ConflictError);
      expect(calls).toEqual(['read']);
    },
  );
});

type SubmissionOptions = Partial<JobMessage['options']>;

describe('retryJob', () => {
  test.each<[string, SubmissionOptions, string, number]>([
    ['with a group to the ordered queue', { group: 'a group' }, 'ordered', 0],
    ['with dependencies to the waiting queue', { dependsOn: [anId(1)] }, 'waiting', 0],
    [
      'with dependencies and a start time to the waiting queue',
      { dependsOn: [anId(1)], runAt: t0 + dayMs },
      'waiting',
      0,
    ],
    ['with a start time in a day to the waiting queue', { runAt: t0 + dayMs }, 'waiting', 5],
    ['with a start time in a minute to its run queue, with a delay', { runAt: t0 + 60_000 }, 'long', 60],
    ['with a start time in the past to its run queue, without a delay', { runAt: t0 - 1 }, 'long', 0],
  ])('sends a job %s', async (_what, more, queue, delaySeconds) => {
    const options = { maxAttempts: 3, ...more };
    const saved = aMessage({ options });
    const { retry, sent } = retrying(aFailedItem({ ...options, message: writeMessage(saved) }));
    expect(await retry()).toMatchObject({ status: 'queued', run: 2, ...more });
    expect(sent()).toEqual([{ queue, message: { ...saved, run: 2, retriedBy: by }, delaySeconds }]);
  });
});

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
  const queues = everyQueue(() => queue);
  const objects = new InMemoryObjectStore();
  return retryJob(
    { id: jobId, tenant: 'a tenant', by },
    {
      store,
      ...suspending(),
      queues,
      family: noChildren().family,
      notifications: new InMemoryNotificationQueue(),
      contracts,
      objects,
      clock: new FixedClock(),
    },
  );
}

describe('retry job lost answer', () => {
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
});
