import { expect, test } from '@jest/globals';
import { Heartbeat } from '../../functions/worker/heartbeat.ts';
import { StoreUnavailableError } from '../../shared/errors.ts';
import type { JobStore } from '../../shared/ports.ts';
import type { JobWrite } from '../../shared/protocol/job-write.ts';
import { aDelivery, aLease, aRunningItem, jobId, t0 } from '../fakes/samples.ts';
import { aWorker, heartbeatMs } from '../fakes/worker.ts';

/** A heart whose writes go through `write`. */
function beatingOn(write: (write: JobWrite, store: JobStore) => ReturnType<JobStore['write']>) {
  const { deps, store, clock } = aWorker();
  const item = aRunningItem();
  store.items.set(jobId, item);
  const held = {
    lease: aLease(item),
    delivery: aDelivery(),
    controller: new AbortController(),
  };
  const through = { ...deps, store: { read: store.read, write: (each: JobWrite) => write(each, store) } };
  const heartbeat = new Heartbeat(held, through);
  void heartbeat.beat();
  return { heartbeat, clock, stored: () => store.items.get(jobId) };
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
