import { describe, expect, test } from '@jest/globals';
import { LeaseLostError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { JobWrite } from '../../../../shared/job/job-write.ts';
import { Heartbeat } from '../../../../shared/worker/heartbeat.ts';
import {
  aDelivery,
  aFailedItem,
  aLease,
  aRunningItem,
  firstToken,
  jobId,
  leaseMs,
} from '../../../set-ups/samples.ts';
import { aWorker } from '../../../set-ups/worker.ts';

/** A heartbeat whose writes are held up or fail as `before` says, and whose answers are held up as `after` says. */
function aHeartbeat(
  before: (write: number) => Promise<void> = async () => {},
  after: (write: number) => Promise<void> = async () => {},
) {
  const { deps, store, clock } = aWorker();
  const item = aRunningItem();
  store.items.set(jobId, item);
  const controller = new AbortController();
  let writes = 0;
  const wrapped = {
    read: (id: string) => store.read(id),
    write: async (write: JobWrite) => {
      writes += 1;
      await before(writes);
      const item = await store.write(write);
      await after(writes);
      return item;
    },
  };
  const held = { lease: aLease(item), delivery: aDelivery(), controller };
  const heartbeat = new Heartbeat(held, { ...deps, store: wrapped });
  const { signal } = controller;
  return { heartbeat, store, clock, signal, stored: () => store.items.get(jobId)?.checkpoint };
}

describe('a state that is flushed', () => {
  test('is stored at once, however short ago the last write was', async () => {
    const { heartbeat, stored } = aHeartbeat();
    for (const checkpoint of ['1', '2']) {
      heartbeat.keep({ checkpoint });
      await heartbeat.flush();
      expect(stored()).toBe(checkpoint);
    }
  });

  test('is stored also if a renewal without it is on its way', async () => {
    const held = Promise.withResolvers<void>();
    const { heartbeat, stored } = aHeartbeat(async (write) => (write === 1 ? held.promise : undefined));
    const renewal = heartbeat.saveNow();
    heartbeat.keep({ checkpoint: '1' });
    const flushing = heartbeat.flush();
    held.resolve();
    await Promise.all([renewal, flushing]);
    expect(stored()).toBe('1');
  });

  test('is tried again, and reported if it cannot be stored', async () => {
    const failFirst = (failures: number) => async (write: number) => {
      if (write <= failures) throw new StoreUnavailableError('no');
    };
    const lucky = aHeartbeat(failFirst(2));
    lucky.heartbeat.keep({ checkpoint: '1' });
    await lucky.heartbeat.flush();
    expect(lucky.stored()).toBe('1');
    const unlucky = aHeartbeat(failFirst(3));
    unlucky.heartbeat.keep({ checkpoint: '1' });
    await expect(unlucky.heartbeat.flush()).rejects.toThrow(StoreUnavailableError);
    expect(unlucky.stored()).toBeUndefined();
  });

  test('is stored once more if the answer took longer than the lease, to learn whether the job is still held', async () => {
    const { heartbeat, signal, clock, store } = aHeartbeat(undefined, async (write) => {
      if (write > 1) return;
      await clock.sleep(leaseMs);
      store.items.set(jobId, aFailedItem({ status: 'canceled', message: 'saved' }));
    });
    heartbeat.keep({ checkpoint: '1' });
    const flushing = heartbeat.flush();
    await clock.advance(leaseMs);
    await flushing;
    expect(signal.reason).toBeInstanceOf(LeaseLostError);
  });

  test('of a worker that has lost the job is not stored, and the job is told to stop', async () => {
    const { heartbeat, store, signal, stored } = aHeartbeat();
    store.items.set(jobId, aRunningItem({ fencingToken: firstToken + 2 }));
    heartbeat.keep({ checkpoint: '1' });
    await heartbeat.flush();
    expect(signal.reason).toBeInstanceOf(LeaseLostError);
    expect(stored()).toBeUndefined();
  });
});
