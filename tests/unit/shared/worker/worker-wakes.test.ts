import { describe, expect, test } from '@jest/globals';
import { PermanentError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { dependent, dependents, itsWake } from '../../../fakes/dependents.ts';
import type { AllHandlers } from '../../../fakes/handlers.ts';
import {
  aDelivery,
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  jobId,
  t0,
} from '../../../fakes/samples.ts';
import { spiedWorker } from '../../../fakes/worker.ts';

type Countdown = AllHandlers['countdown'];

/** A worker with a job that another waits for. */
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
const canceled =
  (then: () => Promise<never>) =>
  ({ store }: ReturnType<typeof spiedWorker>): Countdown =>
  () => {
    const item = store.items.get(jobId);
    if (item) store.items.set(jobId, { ...item, cancelRequested: true });
    return then();
  };

describe('a worker whose job ends', () => {
  test.each([
    ['succeeds', 'succeeded', undefined],
    ['fails for good', 'failed', throwing(new PermanentError('no'))],
    ['is canceled when it would be tried again', 'canceled', canceled(() => Promise.reject(new Error('no')))],
  ] as const)('as it %s wakes those that wait', async (_what, status, countdown) => {
    const { process, stored, waiting, calls } = worker(aQueuedItem(), countdown);
    expect(await process()).toEqual({ kind: 'delete', why: `the job is ${status}` });
    expect(stored()).toMatchObject({ status, dependents });
    expect(waiting.sent).toEqual([itsWake]);
    expect(calls.at(-1)).toBe('read');
  });

  test.each([
    ['is to be tried again', throwing(new Error('no'))],
    ['sleeps', () => (_payload: unknown, job: Parameters<Countdown>[1]) => job.sleep(60, { passed: 1 })],
  ])('does not if it %s', async (_what, countdown) => {
    const { process, waiting } = worker(aQueuedItem(), countdown);
    expect((await process()).kind).toBe('return');
    expect(waiting.sent).toEqual([]);
  });

  test('keeps the message if not all can be woken, and wakes them when it comes again', async () => {
    const { process, stored, waiting } = worker(aQueuedItem());
    waiting.failing.add('send');
    expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 1_000 });
    expect(stored()?.status).toBe('succeeded');
    waiting.failing.clear();
    expect((await process(aDelivery({ receiveCount: 2 }))).kind).toBe('delete');
    expect(waiting.sent).toEqual([itsWake]);
  });
});

describe('a worker that finds its job ended', () => {
  test.each(['succeeded', 'failed'] as const)(
    '(%s) wakes those that wait only when the message came before: most are mere duplicates',
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
    [
      'by itself, as it was to be canceled',
      aRunningItem({ leaseUntil: t0, cancelRequested: true }),
      'canceled',
    ],
    ['by itself, as no attempt is left', aRunningItem({ leaseUntil: t0, attempt: 3 }), 'failed'],
    ['as whoever canceled it may have died', aFailedItem({ status: 'canceled' }), 'canceled'],
    ['and has to save the message', aFailedItem({ status: 'canceled', message: undefined }), 'canceled'],
  ])('%s wakes those that wait at once', async (_what, item, status) => {
    const { process, waiting } = worker(item);
    expect(await process()).toEqual({ kind: 'delete', why: `the job is ${status}` });
    expect(waiting.sent).toEqual([itsWake]);
  });
});

describe('a job that comes to its worker before its time', () => {
  const early = aMessage({ options: { maxAttempts: 3, runAt: t0 + 700 } });
  const delivery = aDelivery({ body: writeMessage(early) });

  test.each([
    ['and is waiting', aQueuedItem({ status: 'waiting', runAt: t0 + 700 })],
    ['and is not written down yet', undefined],
  ])('%s is not claimed: its message comes redelivered then', async (_what, item) => {
    const { process, store, stored, calls, clock } = spiedWorker();
    if (item) store.items.set(jobId, item);
    expect(await process(delivery)).toMatchObject({ kind: 'return', visibleAt: t0 + 700, message: early });
    expect(calls).toEqual(['read']);
    expect(stored()).toBe(item);
    await clock.advance(700);
    expect((await process(delivery)).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'succeeded', runAt: t0 + 700 });
  });

  test('by another copy, is not claimed before the time in its item', async () => {
    const { process, store, stored } = spiedWorker();
    store.items.set(jobId, aQueuedItem({ status: 'waiting', runAt: t0 + 700 }));
    expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 700 });
    expect(stored()?.status).toBe('waiting');
  });
});
