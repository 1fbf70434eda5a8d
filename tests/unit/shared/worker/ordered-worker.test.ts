import { describe, expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { dependent, dependents, itsWake } from '../../../fakes/dependents.ts';
import {
  aDelivery,
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  dayMs,
  jobId,
  leaseMs,
  t0,
} from '../../../fakes/samples.ts';
import { spiedWorker } from '../../../fakes/worker.ts';

const message = aMessage({ options: { maxAttempts: 3, group: 'a group' } });
const body = writeMessage(message);
const nearLimits = aDelivery({ body, receiveCount: 900 });

function orderedWorker(item?: JobItem) {
  const world = spiedWorker({ isOrdered: true });
  if (item) world.store.items.set(jobId, item);
  return world;
}

describe('a message on an ordered queue', () => {
  test.each([
    ['delivered 900 times', nearLimits],
    ['12 days old', aDelivery({ body, sentAt: t0 - 12 * dayMs })],
  ])('that was %s fails its job: sent anew it would lose its place', async (_what, delivery) => {
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
  });

  test.each([
    ['delivered 899 times', aDelivery({ body, receiveCount: 899 })],
    ['almost 12 days old', aDelivery({ body, sentAt: t0 - 12 * dayMs + 1 })],
  ])('that was %s runs its job', async (_what, delivery) => {
    const { process, stored } = orderedWorker(aQueuedItem());
    expect((await process(delivery)).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'succeeded', group: 'a group' });
  });

  test.each([
    ['is to be tried again', aQueuedItem({ notBefore: t0 + 1, attempt: 1 })],
    ['sleeps', aQueuedItem({ status: 'waiting', notBefore: t0 + 1 })],
    ['has lost its worker', aRunningItem({ leaseUntil: t0 })],
    ['was never written down', undefined],
  ])('that is worn out fails a job that %s', async (_what, item) => {
    const { process, stored } = orderedWorker(item);
    expect((await process(nearLimits)).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'failed', error: { name: 'QueueLimitError' } });
  });

  test('that is worn out leaves a job alone that a worker has', async () => {
    const { process, stored } = orderedWorker(aRunningItem());
    expect(await process(nearLimits)).toMatchObject({ kind: 'return', visibleAt: t0 + leaseMs });
    expect(stored()).toEqual(aRunningItem());
  });

  test.each([
    ['fails its job', aQueuedItem({ dependents })],
    ['finds it ended', aFailedItem({ status: 'succeeded', dependents })],
  ])('that is worn out and %s wakes those that wait for it', async (_what, item) => {
    const { process, store, waiting } = orderedWorker(item);
    store.items.set(dependent.id, dependent);
    expect((await process(nearLimits)).kind).toBe('delete');
    expect(waiting.sent).toEqual([itsWake]);
  });

  test('that is worn out is kept with a backoff if the table is out of reach', async () => {
    const { process, store } = orderedWorker(aQueuedItem());
    store.write = () => Promise.reject(new StoreUnavailableError('no'));
    expect(await process(nearLimits)).toMatchObject({
      kind: 'return',
      why: 'processing failed',
      visibleAt: t0 + 450_000,
    });
  });
});

test('a message on any other queue runs its job, however worn out', async () => {
  const { process, stored } = spiedWorker();
  expect((await process(nearLimits)).kind).toBe('delete');
  expect(stored()?.status).toBe('succeeded');
});

describe('a message of a group that comes while its job is asleep', () => {
  const asleep = aQueuedItem({
    status: 'waiting',
    group: 'a group',
    notBefore: t0 + 9_000,
    receiptHandle: 'older',
  });

  test('leaves its own receiptHandle: by the older one, a cancel could not show it any more', async () => {
    const { process, stored } = orderedWorker(asleep);
    const delivery = aDelivery({ body, receiptHandle: 'newer', receiveCount: 2 });
    expect(await process(delivery)).toMatchObject({ kind: 'return', visibleAt: t0 + 9_000 });
    expect(stored()).toEqual({ ...asleep, receiptHandle: 'newer' });
  });

  test('comes again at once if the job is canceled at that moment', async () => {
    const { process, stored, store } = orderedWorker(asleep);
    const write: typeof store.write = store.write.bind(store);
    store.write = (made) => {
      if (made.transition === 'saveReceiptHandle') store.items.set(jobId, { ...asleep, status: 'canceled' });
      return write(made);
    };
    expect(await process(aDelivery({ body }))).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect(stored()?.status).toBe('canceled');
  });
});
