import { describe, expect, test } from '@jest/globals';
import type { JobContext } from '../../../../../shared/author/handler.ts';
import { LeaseLostError, StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import type { JobWrite } from '../../../../../shared/domain/state/writes/job-write.ts';
import { Heartbeat } from '../../../../../shared/worker/hold/heartbeat.ts';
import { serverInvocation } from '../../../../../shared/worker/hold/invocation.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import {
  aDelivery,
  aFailedItem,
  aLease,
  aQueuedItem,
  aRunningItem,
  firstToken,
  jobId,
  leaseMs,
} from '../../../../set-ups/samples.ts';
import { aWorker, spiedWorker } from '../../../../set-ups/worker.ts';

type Handler = (payload: unknown, job: JobContext<{ passed: number }>) => Promise<{ seconds: number }>;

const done = { seconds: 60 };
const untilAborted: Handler = async (_payload, job) => {
  await job.pause(3_600);
  return done;
};

/** A worker of a server, and what stops it. */
function aServer(counting: Handler) {
  const requested = new AbortController();
  const drained = new AbortController();
  const worker = spiedWorker({ counting });
  const stopping = { requested: requested.signal, drained: drained.signal };
  const process = (delivery = aDelivery()) =>
    worker.process(delivery, serverInvocation({ isIsolated: true, stopping }, worker.clock));
  return { ...worker, process, stop: () => requested.abort(), drain: () => drained.abort() };
}

/** Processes a message on a server whose time to stop is over while the handler runs. */
async function interrupted(handler: Handler, before: Partial<ReturnType<typeof aQueuedItem>> = {}) {
  const server = aServer(handler);
  server.store.items.set(jobId, aQueuedItem(before));
  const processed = server.process();
  await server.clock.advance(1_000);
  server.stop();
  server.drain();
  const drainedAt = server.clock.now();
  await server.clock.advance(2_000);
  return { disposition: await processed, item: server.stored(), drainedAt };
}

describe('stopping', () => {
  describe('a server that stops', () => {
    test('starts no job any more, and returns its message at once', async () => {
      const server = aServer(untilAborted);
      server.stop();
      expect(await server.process()).toMatchObject({ kind: 'return', visibleAt: t0 });
      expect(server.calls).toEqual([]);
    });

    test('lets a job hand over at its next checkpoint', async () => {
      const server = aServer(async (_payload, job) => {
        for (let passed = 1; ; passed += 1) {
          await job.pause(10);
          await job.checkpoint({ passed });
        }
      });
      const processed = server.process();
      await server.clock.advance(15_000);
      server.stop();
      await server.clock.advance(5_000);
      expect(await processed).toMatchObject({ kind: 'return', visibleAt: t0 + 20_000 });
      expect(server.stored()).toMatchObject({ status: 'queued', attempt: 0, checkpoint: '{"passed":2}' });
    });

    test('lets a job that saves no state come to its end', async () => {
      const server = aServer(async (_payload, job) => {
        await job.pause(60);
        return done;
      });
      const processed = server.process();
      await server.clock.advance(10_000);
      server.stop();
      await server.clock.advance(50_000);
      expect(await processed).toMatchObject({ kind: 'delete' });
      expect(server.stored()).toMatchObject({ status: 'succeeded' });
    });
  });

  describe('a job that still runs when its server must end', () => {
    test('goes back to the queue at once, and its attempt does not count', async () => {
      const { disposition, item, drainedAt } = await interrupted(untilAborted, { attempt: 2 });
      expect(disposition).toMatchObject({ kind: 'return', why: 'interrupted', visibleAt: drainedAt });
      expect(item).toMatchObject({ status: 'queued', attempt: 2, interruptions: 1 });
      expect(item?.history.slice(-2)).toMatchObject([
        { event: 'started' },
        { event: 'interrupted', attempt: 2 },
      ]);
      expect(item?.leaseUntil).toBeUndefined();
    });

    test('fails when it was interrupted ten times without getting further', async () => {
      const { disposition, item } = await interrupted(untilAborted, { interruptions: 9 });
      expect(disposition).toMatchObject({ kind: 'delete' });
      expect(item).toMatchObject({ status: 'failed', error: { name: 'InterruptedError' } });
    });

    test('is handed over if it has saved a new state, and its interruptions are forgotten', async () => {
      const { item } = await interrupted(
        async (payload, job) => {
          await job.checkpoint({ passed: 4 });
          return untilAborted(payload, job);
        },
        { interruptions: 9, checkpoint: '{"passed":3}' },
      );
      expect(item).toMatchObject({ status: 'queued', attempt: 0, checkpoint: '{"passed":4}' });
      expect(item?.interruptions).toBeUndefined();
    });

    test('has not got further by saving the state that it began with', async () => {
      const { item } = await interrupted(
        async (payload, job) => {
          await job.checkpoint({ passed: 3 });
          return untilAborted(payload, job);
        },
        { interruptions: 4, checkpoint: '{"passed":3}' },
      );
      expect(item).toMatchObject({ status: 'queued', interruptions: 5 });
    });

    test('is interrupted before its handler begins, if that time was over when it started', async () => {
      let begun = 0;
      const server = aServer(async (payload, job) => {
        begun += 1;
        return untilAborted(payload, job);
      });
      server.drain();
      const processed = server.process();
      await server.clock.advance(2_000);
      expect(server.stored()).toMatchObject({ status: 'queued', attempt: 0, interruptions: 1 });
      expect(await processed).toMatchObject({ kind: 'return', why: 'interrupted' });
      expect(begun).toBe(0);
    });

    test('is canceled instead if that was requested meanwhile', async () => {
      const server = aServer(untilAborted);
      const processed = server.process();
      await server.clock.advance(1_000);
      const running = server.stored();
      server.store.items.set(jobId, { ...aQueuedItem(), ...running, cancelRequested: true });
      server.drain();
      await server.clock.advance(2_000);
      expect(await processed).toMatchObject({ kind: 'delete' });
      expect(server.stored()).toMatchObject({ status: 'canceled' });
    });
  });

  test('a server requeues a message that is 12 days old before it starts a job: the queue would drop it meanwhile', async () => {
    const server = aServer(untilAborted);
    const sentAt = t0 - 12 * 24 * 3_600_000;
    expect(await server.process(aDelivery({ sentAt }))).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect(server.calls).toEqual([]);
  });
});

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
