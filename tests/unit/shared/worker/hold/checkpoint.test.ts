import { describe, expect, test } from '@jest/globals';
import {
  CheckpointError,
  LeaseLostError,
  PermanentError,
  StoreUnavailableError,
} from '../../../../../shared/domain/base/errors.ts';
import { readCheckpoint, writeCheckpoint } from '../../../../../shared/worker/hold/checkpoint-text.ts';
import { Heartbeat } from '../../../../../shared/worker/hold/heartbeat.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { intercepted } from '../../../../../testkit/fakes/intercepted.ts';
import { counting } from '../../../../job-types/counting/contract.ts';
import { csvSums } from '../../../../job-types/csv-sums/contract.ts';
import { noSums } from '../../../../job-types/csv-sums/handler.ts';
import type { AllHandlers } from '../../../../set-ups/handlers.ts';
import {
  aDelivery,
  aLease,
  aQueuedItem,
  aRunningItem,
  firstToken,
  jobId,
  leaseMs,
} from '../../../../set-ups/samples.ts';
import { aWorker, heartbeatMs, spiedWorker } from '../../../../set-ups/worker.ts';

const csvState = (header: string[]) => ({ ...noSums(), header });

describe('a checkpoint', () => {
  test('is read as it was written', () => {
    expect(readCheckpoint(counting, writeCheckpoint(counting, { passed: 7 }))).toEqual({ passed: 7 });
  });

  test('is undefined if none was saved', () => {
    expect(readCheckpoint(counting, undefined)).toBeUndefined();
  });

  test.each([{ passed: -1 }, { passed: 1.5 }, {}, { passed: 1, more: 1 }, null, 'x', { passed: Number.NaN }])(
    'is rejected when it is written if it does not fit the contract: %j',
    (state) => {
      expect(() => writeCheckpoint(counting, state)).toThrow(CheckpointError);
    },
  );

  test.each(['{"passed":-1}', 'null', '{"seconds":1}'])(
    'is rejected when it is read if it no longer fits the contract: %s',
    (text) => {
      expect(() => readCheckpoint(counting, text)).toThrow('no longer fits the contract');
    },
  );

  test('may have 8 MB, counted in bytes, but no more', () => {
    const frame = Buffer.byteLength(writeCheckpoint(csvSums, csvState([''])));
    const max = 8 * 1024 * 1024 - frame;
    const stateOf = (bytes: number) => csvState(['é'.repeat(bytes / 2) + 'e'.repeat(bytes % 2)]);
    expect(Buffer.byteLength(writeCheckpoint(csvSums, stateOf(max)))).toBe(8 * 1024 * 1024);
    expect(() => writeCheckpoint(csvSums, stateOf(max + 1))).toThrow(CheckpointError);
  });

  test('that is rejected leads to a PermanentError, so that there is no other attempt', () => {
    expect(new CheckpointError('no')).toBeInstanceOf(PermanentError);
  });

  test.each([
    ['whose contract has no checkpoint', { ...counting, checkpoint: undefined as never }],
    ['that this worker does not know', undefined],
  ])('can be neither written nor read for a type %s', (_what, contract) => {
    expect(() => writeCheckpoint(contract, {})).toThrow(CheckpointError);
    expect(() => readCheckpoint(contract, '{}')).toThrow(CheckpointError);
  });
});

async function save(heartbeat: Heartbeat, checkpoint: string): Promise<void> {
  heartbeat.keep({ checkpoint });
  await heartbeat.saveIfDue();
}

function startHeartbeat({ failing = [] as readonly string[] } = {}) {
  const { deps, store, queue, clock } = aWorker();
  const item = aRunningItem();
  store.items.set(jobId, item);
  const calls: string[] = [];
  const before = (call: string) => {
    calls.push(call);
    if (failing.includes(call)) throw new StoreUnavailableError('no');
  };
  const controller = new AbortController();
  const ports = intercepted({ store, queue }, { before });
  const held = { lease: aLease(item), delivery: aDelivery(), controller };
  const heartbeat = new Heartbeat(held, { ...deps, ...ports });
  void heartbeat.beat();
  return {
    heartbeat,
    store,
    clock,
    calls,
    signal: controller.signal,
    stored: () => store.items.get(jobId),
  };
}

describe('a saved checkpoint', () => {
  test('is written at the next heartbeat at the latest', async () => {
    const { heartbeat, clock, stored } = startHeartbeat();
    await save(heartbeat, '"a checkpoint"');
    expect(stored()).not.toHaveProperty('checkpoint');
    await clock.advance(heartbeatMs);
    expect(stored()?.checkpoint).toBe('"a checkpoint"');
  });

  test('renews the lease like a heartbeat, so that the next heartbeat makes no write', async () => {
    const { heartbeat, clock, calls, stored } = startHeartbeat();
    await clock.advance(heartbeatMs - 5_000);
    await save(heartbeat, '"a checkpoint"');
    expect(stored()?.leaseUntil).toBe(t0 + heartbeatMs - 5_000 + leaseMs);
    await clock.advance(5_000);
    expect(calls).toEqual(['write renew', 'changeVisibility']);
    await clock.advance(heartbeatMs);
    expect(calls).toEqual(['write renew', 'changeVisibility', 'write renew', 'changeVisibility']);
  });

  test('aborts the job if the lease was lost', async () => {
    const { heartbeat, clock, store, signal } = startHeartbeat();
    store.items.set(jobId, aRunningItem({ fencingToken: firstToken + 2 }));
    await clock.advance(5_000);
    await save(heartbeat, '"a checkpoint"');
    expect(signal.reason).toBeInstanceOf(LeaseLostError);
    expect(store.items.get(jobId)).not.toHaveProperty('checkpoint');
  });

  test('does not abort the job if it cannot be written, and is kept for the next write', async () => {
    const { heartbeat, clock, signal } = startHeartbeat({ failing: ['write renew'] });
    await clock.advance(5_000);
    await save(heartbeat, '"a checkpoint"');
    expect(signal.aborted).toBe(false);
    expect(heartbeat.lastReport.checkpoint).toBe('"a checkpoint"');
  });
});

/** Sleeps in its first slice, and ends in its second. */
const sleeperFor =
  (seconds: number): AllHandlers['counting'] =>
  async (_payload, job) => {
    if (!job.resume) await job.sleep(seconds, { passed: 5 });
    return { seconds: job.resume?.passed ?? 0 };
  };
const quarterMs = 900_000;
const sleeper = sleeperFor(quarterMs / 1000);

describe('a job that sleeps', () => {
  test('is not run before its wake time, and then goes on from its checkpoint', async () => {
    const { process, store, stored, clock, calls } = spiedWorker({ counting: sleeper });
    store.items.set(jobId, aQueuedItem());
    const asCopy = { kind: 'return', visibleAt: t0 + quarterMs, isWait: true };
    expect(await process()).toMatchObject(asCopy);
    expect(stored()).toMatchObject({ status: 'waiting', attempt: 0, notBefore: t0 + quarterMs });
    expect(stored()).not.toHaveProperty('postponedUntil');
    expect(calls).toEqual(['write claim', 'write sleep']);

    await clock.advance(quarterMs - 1);
    expect(await process()).toMatchObject(asCopy);
    await clock.advance(1);
    expect((await process()).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'succeeded', result: '{"seconds":5}', attempt: 1, slices: 1 });
    expect(stored()).not.toHaveProperty('checkpoint');
  });

  test('leaves its queue if it sleeps for longer than SQS delays a message', async () => {
    const { process, store, stored, pointers } = spiedWorker({ counting: sleeperFor(quarterMs / 1000 + 1) });
    store.items.set(jobId, aQueuedItem());
    expect(await process()).toMatchObject({ kind: 'delete' });
    const wakeAt = t0 + quarterMs + 1_000;
    expect(stored()).toMatchObject({ status: 'waiting', notBefore: wakeAt, postponedUntil: wakeAt });
    expect(pointers.sent).toMatchObject([{ pointer: { id: jobId } }]);
    // The worker may have died before that. Then its message comes again.
    expect(await process()).toMatchObject({ kind: 'delete' });
    expect(pointers.sent).toHaveLength(2);
  });

  test.each([1 / 3, 0, 0.0001])('sleeps for %d seconds, rounded up to a millisecond', async (seconds) => {
    const { process, store, stored } = spiedWorker({
      counting: (_payload, job) => job.sleep(seconds, { passed: 5 }),
    });
    store.items.set(jobId, aQueuedItem());
    await process();
    expect(stored()).toMatchObject({ status: 'waiting', notBefore: t0 + Math.ceil(seconds * 1000) });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1])('cannot sleep for %d seconds', async (seconds) => {
    const { process, store, stored } = spiedWorker({
      counting: (_payload, job) => job.sleep(seconds, { passed: 5 }),
    });
    store.items.set(jobId, aQueuedItem());
    await process();
    expect(stored()).toMatchObject({ status: 'queued', error: { name: 'RangeError' } });
  });

  test('saves its message in the item, so that a retry after a cancel need not wait', async () => {
    const { process, store, stored } = spiedWorker({ counting: sleeper });
    store.items.set(jobId, aQueuedItem());
    await process();
    expect(stored()?.message).toContain(jobId);
  });

  test('is canceled if a cancel was requested at the same time', async () => {
    const { process, store, stored } = spiedWorker({
      counting: (_payload, job) => {
        const item = store.items.get(jobId);
        if (item) store.items.set(jobId, { ...item, cancelRequested: true });
        return job.sleep(3_600, { passed: 5 });
      },
    });
    expect(await process()).toEqual({ isLogged: true, kind: 'delete', why: 'the job is canceled' });
    expect(stored()).toMatchObject({ status: 'canceled', checkpoint: '{"passed":5}' });
  });
});

describe('a job whose slice is nearly over', () => {
  test('is handed over at its next checkpoint, with that state and without an error', async () => {
    const { process, stored, clock } = spiedWorker({
      counting: async (_payload, job) => {
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
      counting: async ({ seconds }, job) => {
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
      counting: async ({ seconds }, job) => {
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
      counting: async (_payload, job) => {
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
      counting: async (_payload, job) => {
        await job.checkpoint({ passed: 5 });
        throw new Error('no');
      },
    });
    await process();
    expect(stored()).toMatchObject({ status: 'queued', attempt: 1, checkpoint: '{"passed":5}' });
  });
});
