import { describe, expect, test } from '@jest/globals';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import type { AllHandlers } from '../../../set-ups/handlers.ts';
import { aQueuedItem, jobId } from '../../../set-ups/samples.ts';
import { spiedWorker } from '../../../set-ups/worker.ts';

/** Sleeps for an hour in its first slice, and ends in its second. */
const sleeper: AllHandlers['countdown'] = async (_payload, job) => {
  if (!job.resume) await job.sleep(3_600, { passed: 5 });
  return { seconds: job.resume?.passed ?? 0 };
};

describe('a job that sleeps', () => {
  test('is not run before its wake time, and then goes on from its checkpoint', async () => {
    const { process, store, stored, clock, calls } = spiedWorker({ countdown: sleeper });
    store.items.set(jobId, aQueuedItem());
    expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 3_600_000 });
    expect(stored()).toMatchObject({ status: 'waiting', attempt: 0, notBefore: t0 + 3_600_000 });
    expect(calls).toEqual(['write claim', 'write sleep']);

    await clock.advance(3_600_000 - 1);
    expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 3_600_000 });
    await clock.advance(1);
    expect((await process()).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'succeeded', result: '{"seconds":5}', attempt: 1, slices: 1 });
    expect(stored()).not.toHaveProperty('checkpoint');
  });

  test.each([1 / 3, 0, 0.0001])('sleeps for %d seconds, rounded up to a millisecond', async (seconds) => {
    const { process, store, stored } = spiedWorker({
      countdown: (_payload, job) => job.sleep(seconds, { passed: 5 }),
    });
    store.items.set(jobId, aQueuedItem());
    await process();
    expect(stored()).toMatchObject({ status: 'waiting', notBefore: t0 + Math.ceil(seconds * 1000) });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1])('cannot sleep for %d seconds', async (seconds) => {
    const { process, store, stored } = spiedWorker({
      countdown: (_payload, job) => job.sleep(seconds, { passed: 5 }),
    });
    store.items.set(jobId, aQueuedItem());
    await process();
    expect(stored()).toMatchObject({ status: 'queued', error: { name: 'RangeError' } });
  });

  test('saves its message in the item, so that a retry after a cancel need not wait', async () => {
    const { process, store, stored } = spiedWorker({ countdown: sleeper });
    store.items.set(jobId, aQueuedItem());
    await process();
    expect(stored()?.message).toContain(jobId);
  });

  test('is canceled if a cancel was requested at the same time', async () => {
    const { process, store, stored } = spiedWorker({
      countdown: (_payload, job) => {
        const item = store.items.get(jobId);
        if (item) store.items.set(jobId, { ...item, cancelRequested: true });
        return job.sleep(3_600, { passed: 5 });
      },
    });
    expect(await process()).toEqual({ kind: 'delete', why: 'the job is canceled' });
    expect(stored()).toMatchObject({ status: 'canceled', checkpoint: '{"passed":5}' });
  });
});

describe('a job whose slice is nearly over', () => {
  test('is handed over at its next checkpoint, with that state and without an error', async () => {
    const { process, stored, clock } = spiedWorker({
      countdown: async (_payload, job) => {
        await clock.sleep(30_000);
        await job.checkpoint({ passed: 5 });
        return { seconds: 0 };
      },
    });
    const processing = process();
    await clock.advance(30_000);
    expect(await processing).toMatchObject({ kind: 'return', visibleAt: t0 + 30_000 });
    expect(stored()).toMatchObject({ status: 'queued', attempt: 0, slices: 1, checkpoint: '{"passed":5}' });
    expect(stored()).not.toHaveProperty('error');
  });

  test('is handed over even if the handler catches the hand-over as an error of one step', async () => {
    const { process, stored, clock } = spiedWorker({
      countdown: async ({ seconds }, job) => {
        let failed = 0;
        for (let passed = job.resume?.passed ?? 0; passed < 100; passed += 1) {
          try {
            await job.checkpoint({ passed });
            await clock.sleep(1_000);
          } catch {
            failed += 1;
          }
        }
        return { seconds: seconds + failed };
      },
    });
    const processing = process();
    await clock.advance(60_000);
    expect((await processing).kind).toBe('return');
    expect(stored()).toMatchObject({ status: 'queued', slices: 1, checkpoint: '{"passed":40}' });
  });

  test('makes progress even if the start of each slice takes most of its time', async () => {
    const { process, stored, clock } = spiedWorker({
      countdown: async ({ seconds }, job) => {
        await clock.sleep(30_000);
        for (let passed = job.resume?.passed ?? 0; passed < 20; passed += 1) {
          await job.checkpoint({ passed });
          await clock.sleep(1_000);
        }
        return { seconds };
      },
    });
    for (let slices = 0; slices < 4; slices += 1) {
      const processing = process();
      await clock.advance(60_000);
      await processing;
    }
    expect(stored()).toMatchObject({ status: 'succeeded', slices: expect.any(Number) });
  });

  test('is handed over in time even if it saves the same state again and again', async () => {
    const { process, stored, clock } = spiedWorker({
      countdown: async (_payload, job) => {
        for (;;) {
          await job.checkpoint({ passed: 5 });
          await job.pause(30);
        }
      },
    });
    for (let slices = 1; slices <= 4; slices += 1) {
      const processing = process();
      await clock.advance(60_000);
      await processing;
      expect(stored()).toMatchObject({ status: 'queued', slices });
    }
  });

  test('keeps its checkpoint when an attempt fails', async () => {
    const { process, stored } = spiedWorker({
      countdown: async (_payload, job) => {
        await job.checkpoint({ passed: 5 });
        throw new Error('no');
      },
    });
    await process();
    expect(stored()).toMatchObject({ status: 'queued', attempt: 1, checkpoint: '{"passed":5}' });
  });
});
