import { describe, expect, test } from '@jest/globals';
import { JobCanceledError, LeaseLostError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { Heartbeat } from '../../../../shared/worker/heartbeat.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { intercepted } from '../../../../testkit/fakes/intercepted.ts';
import { aDelivery, aLease, aRunningItem, jobId, leaseMs } from '../../../set-ups/samples.ts';
import { aWorker, heartbeatMs } from '../../../set-ups/worker.ts';

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

const failRenewal = (call: string) => {
  if (call === 'write renew') throw new StoreUnavailableError('no');
};

describe('the heartbeat', () => {
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
    expect(heartbeat.lastReport.leaseUntil).toBe(t0 + heartbeatMs + leaseMs);
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
