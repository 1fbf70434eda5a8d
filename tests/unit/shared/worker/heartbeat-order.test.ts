import { expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { JobWrite } from '../../../../shared/job/job-write.ts';
import type { JobStore } from '../../../../shared/job/ports.ts';
import { Heartbeat } from '../../../../shared/worker/heartbeat.ts';
import { aDelivery, aLease, aRunningItem, jobId, t0 } from '../../../fakes/samples.ts';
import { aWorker, heartbeatMs } from '../../../fakes/worker.ts';

/** A heart whose writes go through `write`. */
function beatingOn(
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
  const through = {
    ...deps,
    clock: { now: () => clock.now() - setBackBy(), sleep: clock.sleep.bind(clock) },
    store: { read: store.read, write: (each: JobWrite) => write(each, store) },
  };
  const heartbeat = new Heartbeat(held, through);
  void heartbeat.beat();
  return { heartbeat, clock, signal: held.controller.signal, stored: () => store.items.get(jobId) };
}

test('has one renewal on its way at a time, so that an older one cannot overtake a newer', async () => {
  let onTheirWay = 0;
  let most = 0;
  const { heartbeat, clock } = beatingOn(async (write, store) => {
    onTheirWay += 1;
    most = Math.max(most, onTheirWay);
    await new Promise((resolve) => setTimeout(resolve, 5));
    onTheirWay -= 1;
    return store.write(write);
  });
  await clock.advance(heartbeatMs - 1);
  const saving = [heartbeat.save('1'), heartbeat.save('2')];
  await clock.advance(1);
  await Promise.all(saving);
  heartbeat.stop();
  expect(most).toBe(1);
});

test('renews after a renewal whose answer was lost, and a clock that was set back', async () => {
  let answered = false;
  let setBackBy = 0;
  const { heartbeat, clock, signal, stored } = beatingOn(
    async (write, store) => {
      const item = await store.write(write);
      if (!answered) throw new StoreUnavailableError('committed, answer lost');
      return item;
    },
    () => setBackBy,
  );
  await clock.advance(heartbeatMs);
  answered = true;
  setBackBy = 15_000;
  await clock.advance(heartbeatMs / 2);
  await heartbeat.save('state');
  heartbeat.stop();
  expect(signal.aborted).toBe(false);
  expect(stored()?.checkpoint).toBe('state');
});

test('renews at its next beat after a state could not be stored', async () => {
  let refusing = true;
  const { heartbeat, clock, stored } = beatingOn(async (write, store) => {
    if (refusing) throw new StoreUnavailableError('no');
    return store.write(write);
  });
  await clock.advance(heartbeatMs * 0.8);
  await heartbeat.save('state');
  refusing = false;
  await clock.advance(heartbeatMs * 0.2);
  heartbeat.stop();
  expect(stored()?.checkpoint).toBe('state');
  expect(stored()?.leaseUntil).toBeGreaterThan(t0 + 60_000);
});
