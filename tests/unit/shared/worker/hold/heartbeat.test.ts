import { describe, expect, test } from '@jest/globals';
import {
  asError,
  JobCanceledError,
  LeaseLostError,
  StoreUnavailableError,
} from '../../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import type { MessageKeepingStore } from '../../../../../shared/domain/state/ports.ts';
import type { JobWrite } from '../../../../../shared/domain/state/writes/job-write.ts';
import { isOutage } from '../../../../../shared/worker/hold/error-policy.ts';
import { Heartbeat } from '../../../../../shared/worker/hold/heartbeat.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { intercepted } from '../../../../../testkit/fakes/intercepted.ts';
import { aDelivery, aLease, aRunningItem, jobId, leaseMs } from '../../../../set-ups/samples.ts';
import { aWorker, heartbeatMs } from '../../../../set-ups/worker.ts';

const failRenewal = (call: string) => {
  if (call === 'write renew') throw new StoreUnavailableError('no');
};

describe('the heartbeat', () => {
  /** A running heartbeat for the job of `item`. `before` runs before every call. */
  function startHeartbeat(item = aRunningItem(), before: (call: string) => void = () => {}) {
    const { deps, store, queue, clock, log } = aWorker();
    store.items.set(jobId, item);
    const controller = new AbortController();
    const held = { lease: aLease(item), delivery: aDelivery(), controller };
    const heartbeat = new Heartbeat(held, { ...deps, ...intercepted({ store, queue }, { before }) });
    void heartbeat.beat();
    const change = (over: Partial<JobItem>) => store.items.set(jobId, { ...aRunningItem(), ...over });
    return {
      heartbeat,
      stored: () => store.items.get(jobId),
      change,
      queue,
      clock,
      log,
      signal: controller.signal,
    };
  }

  test('makes no call for a job that ends before the first beat', async () => {
    const calls: string[] = [];
    const { clock, heartbeat } = startHeartbeat(aRunningItem(), (call) => calls.push(call));
    await clock.advance(heartbeatMs - 1);
    heartbeat.stop();
    await clock.advance(10 * heartbeatMs);
    expect(calls).toEqual([]);
  });

  test('renews the lease, and keeps the message invisible for a second longer', async () => {
    const { clock, heartbeat, stored, queue } = startHeartbeat();
    await clock.advance(heartbeatMs);
    expect(stored()?.leaseUntil).toBe(t0 + heartbeatMs + leaseMs);
    expect(heartbeat.leaseUntil).toBe(t0 + heartbeatMs + leaseMs);
    expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 61 }]);
    await clock.advance(2 * heartbeatMs);
    expect(stored()?.leaseUntil).toBe(t0 + 3 * heartbeatMs + leaseMs);
    expect(queue.visibilityChanges).toHaveLength(3);
  });

  test('stores the progress with the renewal, and makes no other write for it', async () => {
    const { clock, heartbeat, stored } = startHeartbeat();
    heartbeat.report(30, 'first');
    heartbeat.report(40, 'second');
    expect(stored()?.progress).toBeUndefined();
    await clock.advance(heartbeatMs);
    expect(stored()?.progress).toEqual({ percent: 40, message: 'second' });
  });

  test('aborts the job if a cancel was requested, and still renews the lease', async () => {
    const { clock, change, signal, stored } = startHeartbeat();
    change({ cancelRequested: true });
    await clock.advance(heartbeatMs - 1);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.reason).toBeInstanceOf(JobCanceledError);
    expect(stored()?.leaseUntil).toBe(t0 + heartbeatMs + leaseMs);
  });

  test.each([
    ['another worker has taken it over', { fencingToken: 2 }],
    ['it has ended', { status: 'canceled' }],
  ] as const)(
    'aborts the job if %s, and does not change the visibility of the message',
    async (_what, over) => {
      const { clock, change, signal, queue } = startHeartbeat();
      change(over);
      await clock.advance(heartbeatMs);
      expect(signal.reason).toBeInstanceOf(LeaseLostError);
      expect(queue.visibilityChanges).toEqual([]);
    },
  );

  test('aborts the job only when the lease ends if the table cannot be reached', async () => {
    const { clock, signal, log } = startHeartbeat(aRunningItem(), failRenewal);
    await clock.advance(leaseMs - 1);
    expect(signal.aborted).toBe(false);
    expect(log.lines.map(({ message }) => message)).toEqual(['heartbeat failed', 'heartbeat failed']);
    await clock.advance(1);
    expect(signal.reason).toEqual(new LeaseLostError('the lease could not be renewed'));
  });

  test('does not abort the job if the table can be reached again before the lease ends', async () => {
    let failures = 2;
    const { clock, signal, stored } = startHeartbeat(aRunningItem(), (call) => {
      failures -= 1;
      if (failures >= 0) failRenewal(call);
    });
    await clock.advance(leaseMs);
    expect(signal.aborted).toBe(false);
    expect(stored()?.leaseUntil).toBe(t0 + 2 * leaseMs);
  });

  test('does not abort the job if the queue cannot be reached, because the lease decides', async () => {
    const { clock, signal, stored, queue } = startHeartbeat();
    queue.failing.add('changeVisibility');
    await clock.advance(10 * heartbeatMs);
    expect(signal.aborted).toBe(false);
    expect(stored()?.leaseUntil).toBe(t0 + 10 * heartbeatMs + leaseMs);
  });

  test('neither aborts the job nor changes the visibility of the message if it is stopped during a beat', async () => {
    const started = startHeartbeat(aRunningItem(), () => started.heartbeat.stop());
    started.change({ cancelRequested: true });
    await started.clock.advance(heartbeatMs);
    expect(started.signal.aborted).toBe(false);
    expect(started.queue.visibilityChanges).toEqual([]);
  });
});

async function save(heartbeat: Heartbeat, checkpoint: string): Promise<void> {
  heartbeat.keep({ checkpoint });
  await heartbeat.saveIfDue();
}

describe('heartbeat order', () => {
  /** A running heartbeat whose writes go through `write`. Its clock is behind by `setBackBy` milliseconds. */
  function startHeartbeat(
    write: (write: JobWrite, store: MessageKeepingStore) => ReturnType<MessageKeepingStore['write']>,
    setBackBy = () => 0,
  ) {
    const { deps, store, clock } = aWorker();
    const item = aRunningItem();
    store.items.set(jobId, item);
    const held = {
      lease: aLease(item),
      delivery: aDelivery(),
      controller: new AbortController(),
    };
    const wrapped = {
      ...deps,
      clock: { now: () => clock.now() - setBackBy(), sleep: clock.sleep.bind(clock) },
      store: { read: store.read, write: (each: JobWrite) => write(each, store) },
    };
    const heartbeat = new Heartbeat(held, wrapped);
    void heartbeat.beat();
    return { heartbeat, clock, signal: held.controller.signal, stored: () => store.items.get(jobId) };
  }

  test('the heartbeat makes one renewal at a time, so that an older one cannot overtake a newer one', async () => {
    let inProgress = 0;
    let maxInProgress = 0;
    const { heartbeat, clock } = startHeartbeat(async (write, store) => {
      inProgress += 1;
      maxInProgress = Math.max(maxInProgress, inProgress);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inProgress -= 1;
      return store.write(write);
    });
    await clock.advance(heartbeatMs - 1);
    const saving = [save(heartbeat, '1'), save(heartbeat, '2')];
    await clock.advance(1);
    await Promise.all(saving);
    heartbeat.stop();
    expect(maxInProgress).toBe(1);
  });

  test('the heartbeat renews the lease after an answer was lost and the clock was set back', async () => {
    let answered = false;
    let setBackBy = 0;
    const { heartbeat, clock, signal, stored } = startHeartbeat(
      async (write, store) => {
        const item = await store.write(write);
        if (!answered) throw new StoreUnavailableError('stored, but the answer was lost');
        return item;
      },
      () => setBackBy,
    );
    await clock.advance(heartbeatMs);
    answered = true;
    setBackBy = 15_000;
    await clock.advance(heartbeatMs / 2);
    await save(heartbeat, 'state');
    heartbeat.stop();
    expect(signal.aborted).toBe(false);
    expect(stored()?.checkpoint).toBe('state');
  });

  test('the heartbeat renews the lease at its next beat after a checkpoint could not be stored', async () => {
    let unreachable = true;
    const { heartbeat, clock, stored } = startHeartbeat(async (write, store) => {
      if (unreachable) throw new StoreUnavailableError('no');
      return store.write(write);
    });
    await clock.advance(heartbeatMs * 0.8);
    await save(heartbeat, 'state');
    unreachable = false;
    await clock.advance(heartbeatMs * 0.2);
    heartbeat.stop();
    expect(stored()?.checkpoint).toBe('state');
    expect(stored()?.leaseUntil).toBeGreaterThan(t0 + 60_000);
  });

  test.each([
    ['the table would refuse the state at any time', 400, 'ValidationException', false],
    ['the table takes fewer calls', 400, 'ThrottlingException', true],
  ])('a state that could not be stored is the fault of the job or an outage: %s', async (...row) => {
    const [, httpStatusCode, name, isOfStage] = row;
    const cause = Object.assign(new Error('no'), { name, $metadata: { httpStatusCode } });
    const { heartbeat } = startHeartbeat(async () => {
      throw new StoreUnavailableError('no', { cause });
    });
    heartbeat.keep({ checkpoint: 'state' });
    const error = await heartbeat.flush().catch(asError);
    heartbeat.stop();
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(error && isOutage(error)).toBe(isOfStage);
  });

  test('a renewal that arrives after a later one changes nothing, even if the clock was set back in between', async () => {
    const late: JobWrite[] = [];
    let setBackBy = 0;
    const { heartbeat, clock, stored } = startHeartbeat(
      async (write, store) => {
        if (late.length > 0) return store.write(write);
        late.push(write);
        throw new StoreUnavailableError('it is on its way');
      },
      () => setBackBy,
    );
    heartbeat.keep({ checkpoint: '@first' });
    await clock.advance(heartbeatMs);
    setBackBy = 15_000;
    heartbeat.keep({ checkpoint: '@second' });
    await heartbeat.saveNow();
    const store = aWorker().store;
    store.items.set(jobId, stored() ?? aRunningItem());
    // The object of the first state is deleted by now.
    for (const write of late) expect(await store.write(write)).toBeUndefined();
    heartbeat.stop();
  });

  test('what is saved while a renewal is under way is written after it', async () => {
    const { heartbeat, clock, stored } = startHeartbeat(async (write, store) => {
      await clock.sleep(1_000);
      return store.write(write);
    });
    const first = heartbeat.saveNow();
    heartbeat.keep({ checkpoint: '@next' });
    const second = heartbeat.saveNow();
    await clock.advance(2_000);
    await Promise.all([first, second]);
    heartbeat.stop();
    expect(stored()?.checkpoint).toBe('@next');
  });
});

const aHeartbeat = (item = aRunningItem()): Heartbeat =>
  new Heartbeat(
    { lease: aLease(item), delivery: aDelivery(), controller: new AbortController() },
    aWorker().deps,
  );

describe('the reported progress', () => {
  test.each([
    [12.345, 12.3],
    [99.96, 100],
    [-5, 0],
    [150, 100],
    [Number.NaN, 0],
  ])('of %d percent is stored as %d', (reported, percent) => {
    const heartbeat = aHeartbeat();
    heartbeat.report(reported);
    expect(heartbeat.lastReport.progress).toEqual({ percent, message: null });
  });

  test('never decreases, neither within an attempt nor from one attempt to the next', () => {
    const heartbeat = aHeartbeat(
      aRunningItem({ progress: { percent: 60, message: 'of the previous attempt' } }),
    );
    expect(heartbeat.lastReport.progress).toEqual({ percent: 60, message: 'of the previous attempt' });
    heartbeat.report(10, 'from the start');
    expect(heartbeat.lastReport.progress).toEqual({ percent: 60, message: 'from the start' });
    heartbeat.report(61);
    heartbeat.report(60.9);
    expect(heartbeat.lastReport.progress).toEqual({ percent: 61, message: null });
  });

  test('has a message of at most 200 characters', () => {
    const heartbeat = aHeartbeat();
    heartbeat.report(1, 'x'.repeat(1_000));
    expect(heartbeat.lastReport.progress?.message).toBe(`${'x'.repeat(199)}…`);
  });
});
