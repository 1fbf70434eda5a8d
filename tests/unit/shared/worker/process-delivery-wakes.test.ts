import { describe, expect, test } from '@jest/globals';
import { PermanentError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { dependent, dependents, itsWake } from '../../../set-ups/dependents.ts';
import type { AllHandlers } from '../../../set-ups/handlers.ts';
import {
  aDelivery,
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  jobId,
} from '../../../set-ups/samples.ts';
import { spiedWorker } from '../../../set-ups/worker.ts';

type Countdown = AllHandlers['countdown'];

/** A worker with a job that has a dependent. */
function worker(item: JobItem, countdown?: (world: ReturnType<typeof spiedWorker>) => Countdown) {
  const world: ReturnType<typeof spiedWorker> = spiedWorker({
    countdown: countdown && ((payload, job) => countdown(world)(payload, job)),
  });
  world.store.items.set(jobId, { ...item, dependents });
  world.store.items.set(dependent.id, dependent);
  return world;
}

const throwing =
  (error: Error): (() => Countdown) =>
  () =>
  () => {
    throw error;
  };
const canceledDuringRun =
  (then: () => Promise<never>) =>
  ({ store }: ReturnType<typeof spiedWorker>): Countdown =>
  () => {
    const item = store.items.get(jobId);
    if (item) store.items.set(jobId, { ...item, cancelRequested: true });
    return then();
  };

describe('a worker', () => {
  test.each([
    ['succeeds', 'succeeded', undefined],
    ['fails', 'failed', throwing(new PermanentError('no'))],
    ['is canceled instead of retried', 'canceled', canceledDuringRun(() => Promise.reject(new Error('no')))],
  ] as const)('wakes the dependents of a job that %s', async (_what, status, countdown) => {
    const { process, stored, waiting, calls } = worker(aQueuedItem(), countdown);
    expect(await process()).toEqual({ kind: 'delete', why: `the job is ${status}` });
    expect(stored()).toMatchObject({ status, dependents });
    expect(waiting.sent).toEqual([itsWake]);
    expect(calls.at(-1)).toBe('read');
  });

  test.each([
    ['gets another attempt', throwing(new Error('no'))],
    ['sleeps', () => (_payload: unknown, job: Parameters<Countdown>[1]) => job.sleep(60, { passed: 1 })],
  ])('does not wake the dependents of a job that %s', async (_what, countdown) => {
    const { process, waiting } = worker(aQueuedItem(), countdown);
    expect((await process()).kind).toBe('return');
    expect(waiting.sent).toEqual([]);
  });

  test('returns the message if the dependents cannot be woken, and wakes them when it is redelivered', async () => {
    const { process, stored, waiting } = worker(aQueuedItem());
    waiting.failing.add('send');
    expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 1_000 });
    expect(stored()?.status).toBe('succeeded');
    waiting.failing.clear();
    expect((await process(aDelivery({ receiveCount: 2 }))).kind).toBe('delete');
    expect(waiting.sent).toEqual([itsWake]);
  });
});

describe('a worker that receives a message but does not claim its job', () => {
  test.each(['succeeded', 'failed'] as const)(
    'wakes the dependents of a %s job only if the message was redelivered',
    async (status) => {
      const item = aFailedItem({ status, dependents });
      const { process, stored, waiting } = worker(item);
      expect(await process()).toEqual({ kind: 'delete', why: `the job is ${status}` });
      expect(waiting.sent).toEqual([]);
      expect(await process(aDelivery({ receiveCount: 2 }))).toEqual({
        kind: 'delete',
        why: `the job is ${status}`,
      });
      expect(waiting.sent).toEqual([itsWake]);
      expect(stored()).toEqual(item);
    },
  );

  test.each([
    ['cancels, as requested', aRunningItem({ leaseUntil: t0, cancelRequested: true }), 'canceled'],
    ['fails, because no attempt is left', aRunningItem({ leaseUntil: t0, attempt: 3 }), 'failed'],
    [
      'finds canceled, because the function that canceled it may have crashed',
      aFailedItem({ status: 'canceled' }),
      'canceled',
    ],
    [
      'finds canceled without its message',
      aFailedItem({ status: 'canceled', message: undefined }),
      'canceled',
    ],
  ])('wakes the dependents of a job that it %s', async (_what, item, status) => {
    const { process, waiting } = worker(item);
    expect(await process()).toEqual({ kind: 'delete', why: `the job is ${status}` });
    expect(waiting.sent).toEqual([itsWake]);
  });
});

describe('a worker that receives a message before the start time of the job', () => {
  const notDue = aMessage({ options: { maxAttempts: 3, runAt: t0 + 700 } });
  const delivery = aDelivery({ body: writeMessage(notDue) });

  test.each([
    ['is waiting', aQueuedItem({ status: 'waiting', runAt: t0 + 700 })],
    ['has no item yet', undefined],
  ])('returns the message until that time, and runs the job then, if the job %s', async (_what, item) => {
    const { process, store, stored, calls, clock } = spiedWorker();
    if (item) store.items.set(jobId, item);
    expect(await process(delivery)).toMatchObject({ kind: 'return', visibleAt: t0 + 700, message: notDue });
    expect(calls).toEqual(['read']);
    expect(stored()).toBe(item);
    await clock.advance(700);
    expect((await process(delivery)).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'succeeded', runAt: t0 + 700 });
  });

  test('returns the message until the start time in the item if the message has none', async () => {
    const { process, store, stored } = spiedWorker();
    store.items.set(jobId, aQueuedItem({ status: 'waiting', runAt: t0 + 700 }));
    expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 700 });
    expect(stored()?.status).toBe('waiting');
  });
});
