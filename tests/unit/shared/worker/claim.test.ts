import { describe, expect, test } from '@jest/globals';
import type { JobContext } from '../../../../shared/job/handler.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import type { JobStore } from '../../../../shared/job/ports.ts';
import type { TransitionName } from '../../../../shared/job/transitions.ts';
import { processDelivery } from '../../../../shared/worker/process-delivery.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aDelivery, aMessage, aRunningItem, firstToken, jobId, leaseMs } from '../../../set-ups/samples.ts';
import { anInvocation, aWorker, heartbeatMs } from '../../../set-ups/worker.ts';

/** A handler that can change the world of its test. */
type TestHandler = (job: JobContext, world: ReturnType<typeof aWorker>) => unknown;

function worker(
  handler: TestHandler,
  wrapStore: (store: JobStore, world: ReturnType<typeof aWorker>) => JobStore = (store) => store,
) {
  const world = aWorker();
  let runs = 0;
  const countdown = async (_payload: unknown, job: JobContext) => {
    runs += 1;
    await handler(job, world);
    return { seconds: 7 };
  };
  const deps = {
    ...world.deps,
    handlers: { ...world.deps.handlers, countdown },
    store: wrapStore(world.store, world),
  };
  const deliver = () => processDelivery(aDelivery(), anInvocation(world.clock), deps);
  const change = (over: Partial<JobItem>) =>
    world.store.items.set(jobId, { ...aRunningItem(), ...world.store.items.get(jobId), ...over });
  return { ...world, deliver, change, runs: () => runs, stored: () => world.store.items.get(jobId) };
}

const succeeding: TestHandler = () => {};
const failing: TestHandler = () => {
  throw new Error('no');
};

/** Makes a write twice, as an SDK does that got no answer to the first call. */
const repeating =
  (transition: TransitionName) =>
  (store: JobStore): JobStore => ({
    read: (id) => store.read(id),
    write: async (write) => {
      if (write.transition === transition) await store.write(write);
      return store.write(write);
    },
  });

describe('a worker whose write is made twice, because the first answer was lost,', () => {
  test('recognizes its own claim and runs the job once', async () => {
    const { deliver, runs, stored } = worker(succeeding, repeating('claim'));
    expect(await deliver()).toMatchObject({ kind: 'delete' });
    expect(runs()).toBe(1);
    expect(stored()).toMatchObject({ status: 'succeeded', attempt: 1, fencingToken: firstToken + 1 });
  });

  test.each(['succeed', 'fail', 'release'] as const)(
    'stores the end of the attempt once at "%s", and returns the message at once',
    async (transition) => {
      const { deliver, change, stored } = worker(
        transition === 'succeed' ? succeeding : failing,
        repeating(transition),
      );
      if (transition === 'fail') change({ status: 'queued', attempt: 2 });
      expect(await deliver()).toMatchObject({ kind: 'return', visibleAt: t0 });
      expect(stored()?.status).toBe({ succeed: 'succeeded', fail: 'failed', release: 'queued' }[transition]);
      expect(stored()?.history.filter(({ event }) => event !== 'started')).toHaveLength(1);
    },
  );

  test('deletes the message when it is redelivered after the job has succeeded', async () => {
    const { deliver, runs } = worker(succeeding, repeating('succeed'));
    await deliver();
    expect(await deliver()).toEqual({ kind: 'delete', why: 'the job is succeeded' });
    expect(runs()).toBe(1);
  });
});

test('a worker does not run the job if the answer to its claim comes after the lease has expired', async () => {
  const slowClaim = (store: JobStore, { clock }: ReturnType<typeof aWorker>): JobStore => ({
    read: (id) => store.read(id),
    write: async (write) => {
      const item = await store.write(write);
      if (write.transition === 'claim') await clock.advance(leaseMs);
      return item;
    },
  });
  const { deliver, runs } = worker(succeeding, slowClaim);
  expect(await deliver()).toMatchObject({ kind: 'return', visibleAt: t0 + leaseMs });
  expect(runs()).toBe(0);
});

describe('a worker whose job gets a cancel request while it runs', () => {
  test('cancels the job instead of retrying it after an error', async () => {
    const canceling: TestHandler = () => {
      change({ cancelRequested: true });
      throw new Error('no');
    };
    const { deliver, change, stored } = worker(canceling);
    expect(await deliver()).toEqual({ kind: 'delete', why: 'the job is canceled' });
    expect(stored()).toMatchObject({ status: 'canceled', message: writeMessage(aMessage()) });
  });

  test('cancels the job at the next heartbeat', async () => {
    const pausing: TestHandler = async (job, { clock }) => {
      change({ cancelRequested: true });
      await Promise.all([job.pause(1_000), clock.advance(heartbeatMs)]);
    };
    const { deliver, change, stored } = worker(pausing);
    expect(await deliver()).toMatchObject({ kind: 'delete' });
    expect(stored()).toMatchObject({ status: 'canceled', finishedAt: t0 + heartbeatMs });
  });
});

describe('a worker that has lost its lease', () => {
  test.each([
    ['succeeds', succeeding],
    ['fails', failing],
  ])('writes nothing and returns the message when the handler %s', async (_what, handler) => {
    const { deliver, change, stored } = worker((job, world) => {
      change({ fencingToken: 2, claimId: 'a claim of another worker' });
      return handler(job, world);
    });
    expect((await deliver()).kind).toBe('return');
    expect(stored()).toMatchObject({
      status: 'running',
      fencingToken: 2,
      claimId: 'a claim of another worker',
    });
  });

  test('stops the handler at the next heartbeat', async () => {
    const { deliver, change, stored } = worker(async (job, { clock }) => {
      change({ fencingToken: 2 });
      await Promise.all([job.pause(1_000), clock.advance(heartbeatMs)]);
    });
    expect(await deliver()).toMatchObject({
      kind: 'return',
      why: 'LeaseLostError: another worker has the job',
    });
    expect(stored()).toMatchObject({ status: 'running', fencingToken: 2 });
  });
});

test('a worker stores the last progress together with the outcome', async () => {
  const { deliver, stored } = worker((job) => job.progress(70, 'almost'));
  await deliver();
  expect(stored()?.progress).toEqual({ percent: 70, message: 'almost' });
});
