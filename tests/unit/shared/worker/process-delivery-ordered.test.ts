import { describe, expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { dependent, dependents, itsWake } from '../../../set-ups/dependents.ts';
import {
  aDelivery,
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  dayMs,
  jobId,
  leaseMs,
} from '../../../set-ups/samples.ts';
import { spiedWorker } from '../../../set-ups/worker.ts';

const message = aMessage({ options: { maxAttempts: 3, group: 'a group' } });
const body = writeMessage(message);
const nearLimits = aDelivery({ body, receiveCount: 900 });

function orderedWorker(item?: JobItem) {
  const world = spiedWorker({ isOrdered: true });
  if (item) world.store.items.set(jobId, item);
  return world;
}

describe('a worker of the ordered queue', () => {
  test.each([
    ['received 900 times', nearLimits],
    ['sent 12 days ago', aDelivery({ body, sentAt: t0 - 12 * dayMs })],
  ])(
    'fails the job of a message that was %s, because a requeued message would lose its place',
    async (_what, delivery) => {
      const { process, stored, queue, calls, log } = orderedWorker(aQueuedItem({ group: 'a group' }));
      expect(await process(delivery)).toEqual({ kind: 'delete', why: 'the job is failed' });
      expect(stored()).toMatchObject({
        status: 'failed',
        group: 'a group',
        error: { name: 'QueueLimitError', message: expect.stringContaining('12 days') },
        message: body,
        finishedAt: t0,
      });
      expect(calls).toEqual(['read', 'write failUnclaimed']);
      expect(queue.sent).toEqual([]);
      expect(log.lines).toMatchObject([{ level: 'error', fields: { jobId } }]);
    },
  );

  test.each([
    ['received 899 times', aDelivery({ body, receiveCount: 899 })],
    ['sent almost 12 days ago', aDelivery({ body, sentAt: t0 - 12 * dayMs + 1 })],
  ])('runs the job of a message that was %s', async (_what, delivery) => {
    const { process, stored } = orderedWorker(aQueuedItem());
    expect((await process(delivery)).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'succeeded', group: 'a group' });
  });

  test.each([
    ['waits for its next attempt', aQueuedItem({ notBefore: t0 + 1, attempt: 1 })],
    ['is asleep', aQueuedItem({ status: 'waiting', notBefore: t0 + 1 })],
    ['has lost its worker', aRunningItem({ leaseUntil: t0 })],
    ['has no item', undefined],
  ])('fails a job that %s if the message is near the queue limits', async (_what, item) => {
    const { process, stored } = orderedWorker(item);
    expect((await process(nearLimits)).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'failed', error: { name: 'QueueLimitError' } });
  });

  test('does not change a job that another worker holds if the message is near the queue limits', async () => {
    const { process, stored } = orderedWorker(aRunningItem());
    expect(await process(nearLimits)).toMatchObject({ kind: 'return', visibleAt: t0 + leaseMs });
    expect(stored()).toEqual(aRunningItem());
  });

  test.each([
    ['it fails', aQueuedItem({ dependents })],
    ['has succeeded already', aFailedItem({ status: 'succeeded', dependents })],
  ])('wakes the dependents of a job that %s if the message is near the queue limits', async (_what, item) => {
    const { process, store, waiting } = orderedWorker(item);
    store.items.set(dependent.id, dependent);
    expect((await process(nearLimits)).kind).toBe('delete');
    expect(waiting.sent).toEqual([itsWake]);
  });

  test('returns a message near the queue limits with a backoff if the table cannot be reached', async () => {
    const { process, store } = orderedWorker(aQueuedItem());
    store.write = () => Promise.reject(new StoreUnavailableError('no'));
    expect(await process(nearLimits)).toMatchObject({
      kind: 'return',
      why: 'processing failed',
      visibleAt: t0 + 450_000,
    });
  });
});

test('a worker of another queue runs the job of a message that is near the queue limits', async () => {
  const { process, stored } = spiedWorker();
  expect((await process(nearLimits)).kind).toBe('delete');
  expect(stored()?.status).toBe('succeeded');
});

describe('a worker that receives the message of a sleeping job of a group', () => {
  const asleep = aQueuedItem({
    status: 'waiting',
    group: 'a group',
    notBefore: t0 + 9_000,
    receiptHandle: 'older',
  });

  test('saves the new receipt handle, because a cancel cannot use the old one any more', async () => {
    const { process, stored } = orderedWorker(asleep);
    const delivery = aDelivery({ body, receiptHandle: 'newer', receiveCount: 2 });
    expect(await process(delivery)).toMatchObject({ kind: 'return', visibleAt: t0 + 9_000 });
    expect(stored()).toEqual({ ...asleep, receiptHandle: 'newer' });
  });

  test('returns the message at once if the job is canceled at the same time', async () => {
    const { process, stored, store } = orderedWorker(asleep);
    const write: typeof store.write = store.write.bind(store);
    store.write = (jobWrite) => {
      if (jobWrite.transition === 'saveReceiptHandle')
        store.items.set(jobId, { ...asleep, status: 'canceled' });
      return write(jobWrite);
    };
    expect(await process(aDelivery({ body }))).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect(stored()?.status).toBe('canceled');
  });
});
