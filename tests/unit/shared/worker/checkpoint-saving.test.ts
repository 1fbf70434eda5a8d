import { describe, expect, test } from '@jest/globals';
import { LeaseLostError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { Heartbeat } from '../../../../shared/worker/heartbeat.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { intercepted } from '../../../../testkit/fakes/intercepted.ts';
import { aDelivery, aLease, aRunningItem, firstToken, jobId, leaseMs } from '../../../set-ups/samples.ts';
import { aWorker, heartbeatMs } from '../../../set-ups/worker.ts';

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
