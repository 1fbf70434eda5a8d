import { expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { JobWrite } from '../../../../shared/job/job-write.ts';
import type { JobStore } from '../../../../shared/job/ports.ts';
import { Heartbeat } from '../../../../shared/worker/heartbeat.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aDelivery, aLease, aRunningItem, jobId } from '../../../set-ups/samples.ts';
import { aWorker, heartbeatMs } from '../../../set-ups/worker.ts';

async function save(heartbeat: Heartbeat, checkpoint: string): Promise<void> {
  heartbeat.keep({ checkpoint });
  await heartbeat.saveIfDue();
}

/** A running heartbeat whose writes go through `write`. Its clock is behind by `setBackBy` milliseconds. */
function startHeartbeat(
  write: (write: JobWrite, store: JobStore) => ReturnType<JobStore['write']>,
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
