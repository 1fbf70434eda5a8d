import { describe, expect, test } from '@jest/globals';
import { JobCanceledError, LeaseLostError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { Heartbeat } from '../../../../shared/worker/heartbeat.ts';
import { intercepted } from '../../../fakes/intercepted.ts';
import { aDelivery, aLease, aRunningItem, jobId, leaseMs, t0 } from '../../../fakes/samples.ts';
import { aWorker, heartbeatMs } from '../../../fakes/worker.ts';

/** A heart that beats for the job of `item`; `before` is told of every call. */
function beating(item = aRunningItem(), before: (call: string) => void = () => {}) {
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

const outOfReach = (call: string) => {
  if (call === 'write renew') throw new StoreUnavailableError('no');
};

describe('the heartbeat', () => {
  test('costs a job nothing that is done before the first beat', async () => {
    const calls: string[] = [];
    const { clock, heartbeat } = beating(aRunningItem(), (call) => calls.push(call));
    await clock.advance(heartbeatMs - 1);
    heartbeat.stop();
    await clock.advance(10 * heartbeatMs);
    expect(calls).toEqual([]);
  });

  test('renews the lease, and hides the message for a second longer', async () => {
    const { clock, heartbeat, stored, queue } = beating();
    await clock.advance(heartbeatMs);
    expect(stored()?.leaseUntil).toBe(t0 + heartbeatMs + leaseMs);
    expect(heartbeat.lastReport.leaseUntil).toBe(t0 + heartbeatMs + leaseMs);
    expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 61 }]);
    await clock.advance(2 * heartbeatMs);
    expect(stored()?.leaseUntil).toBe(t0 + 3 * heartbeatMs + leaseMs);
    expect(queue.visibilityChanges).toHaveLength(3);
  });

  test('carries progress, and makes no write of its own for it', async () => {
    const { clock, heartbeat, stored } = beating();
    heartbeat.report(30, 'first');
    heartbeat.report(40, 'second');
    expect(stored()?.progress).toBeUndefined();
    await clock.advance(heartbeatMs);
    expect(stored()?.progress).toEqual({ percent: 40, message: 'second' });
  });

  test('aborts the job when a cancel was requested; the lease lives on', async () => {
    const { clock, change, signal, stored } = beating();
    change({ cancelRequested: true });
    await clock.advance(heartbeatMs - 1);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.reason).toBeInstanceOf(JobCanceledError);
    expect(stored()?.leaseUntil).toBe(t0 + heartbeatMs + leaseMs);
  });

  test.each([
    ['taken over', { fencingToken: 2 }],
    ['ended', { status: 'canceled' }],
  ] as const)('aborts the job when it was %s, and leaves the message alone', async (_what, over) => {
    const { clock, change, signal, queue } = beating();
    change(over);
    await clock.advance(heartbeatMs);
    expect(signal.reason).toBeInstanceOf(LeaseLostError);
    expect(queue.visibilityChanges).toEqual([]);
  });

  test('survives a table that fails, but only until the lease is over', async () => {
    const { clock, signal, log } = beating(aRunningItem(), outOfReach);
    await clock.advance(leaseMs - 1);
    expect(signal.aborted).toBe(false);
    expect(log.lines.map(({ message }) => message)).toEqual(['heartbeat failed', 'heartbeat failed']);
    await clock.advance(1);
    expect(signal.reason).toEqual(new LeaseLostError('the lease could not be renewed'));
  });

  test('survives a table that fails and comes back', async () => {
    let failures = 2;
    const { clock, signal, stored } = beating(aRunningItem(), (call) => {
      failures -= 1;
      if (failures >= 0) outOfReach(call);
    });
    await clock.advance(leaseMs);
    expect(signal.aborted).toBe(false);
    expect(stored()?.leaseUntil).toBe(t0 + 2 * leaseMs);
  });

  test('survives a queue that fails: the lease is what counts', async () => {
    const { clock, signal, stored, queue } = beating();
    queue.failing.add('changeVisibility');
    await clock.advance(10 * heartbeatMs);
    expect(signal.aborted).toBe(false);
    expect(stored()?.leaseUntil).toBe(t0 + 10 * heartbeatMs + leaseMs);
  });

  test('that is stopped during a beat leaves the message and the job alone', async () => {
    const beat = beating(aRunningItem(), () => beat.heartbeat.stop());
    beat.change({ cancelRequested: true });
    await beat.clock.advance(heartbeatMs);
    expect(beat.signal.aborted).toBe(false);
    expect(beat.queue.visibilityChanges).toEqual([]);
  });
});
