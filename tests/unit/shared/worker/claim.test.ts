import { describe, expect, test } from '@jest/globals';
import type { JobContext } from '../../../../shared/job/handler.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import type { JobStore } from '../../../../shared/job/ports.ts';
import type { TransitionName } from '../../../../shared/job/transitions.ts';
import { processDelivery } from '../../../../shared/worker/process-delivery.ts';
import { aDelivery, aMessage, aRunningItem, firstToken, jobId, leaseMs, t0 } from '../../../fakes/samples.ts';
import { anInvocation, aWorker, heartbeatMs } from '../../../fakes/worker.ts';

/** What a job does that a test has in its hands. */
type Doing = (job: JobContext, world: ReturnType<typeof aWorker>) => unknown;

function worker(
  doing: Doing,
  distort: (store: JobStore, world: ReturnType<typeof aWorker>) => JobStore = (store) => store,
) {
  const world = aWorker();
  let runs = 0;
  const countdown = async (_payload: unknown, job: JobContext) => {
    runs += 1;
    await doing(job, world);
    return { seconds: 7 };
  };
  const deps = {
    ...world.deps,
    handlers: { ...world.deps.handlers, countdown },
    store: distort(world.store, world),
  };
  const deliver = () => processDelivery(aDelivery(), anInvocation(world.clock), deps);
  const change = (over: Partial<JobItem>) =>
    world.store.items.set(jobId, { ...aRunningItem(), ...world.store.items.get(jobId), ...over });
  return { ...world, deliver, change, runs: () => runs, stored: () => world.store.items.get(jobId) };
}

const nothing: Doing = () => {};
const failing: Doing = () => {
  throw new Error('no');
};

/** Makes a write, and makes it again as an SDK does that did not hear the answer. */
const repeating =
  (transition: TransitionName) =>
  (store: JobStore): JobStore => ({
    read: (id) => store.read(id),
    write: async (write) => {
      if (write.transition === transition) await store.write(write);
      return store.write(write);
    },
  });

describe('a call that was made twice since its answer was lost', () => {
  test('at the claim: the worker knows the claim for its own, and runs the job once', async () => {
    const { deliver, runs, stored } = worker(nothing, repeating('claim'));
    expect(await deliver()).toMatchObject({ kind: 'delete' });
    expect(runs()).toBe(1);
    expect(stored()).toMatchObject({ status: 'succeeded', attempt: 1, fencingToken: firstToken + 1 });
  });

  test.each(['succeed', 'fail', 'release'] as const)(
    'at "%s": nothing is written twice, the message comes again',
    async (transition) => {
      const { deliver, change, stored } = worker(
        transition === 'succeed' ? nothing : failing,
        repeating(transition),
      );
      if (transition === 'fail') change({ status: 'queued', attempt: 2 });
      expect(await deliver()).toMatchObject({ kind: 'return', visibleAt: t0 });
      expect(stored()?.status).toBe({ succeed: 'succeeded', fail: 'failed', release: 'queued' }[transition]);
      expect(stored()?.history.filter(({ event }) => event !== 'started')).toHaveLength(1);
    },
  );

  test('at the outcome: the message that comes redelivered is deleted', async () => {
    const { deliver, runs } = worker(nothing, repeating('succeed'));
    await deliver();
    expect(await deliver()).toEqual({ kind: 'delete', why: 'the job is succeeded' });
    expect(runs()).toBe(1);
  });
});

test('a claim that was answered only when its lease was over does not start the job', async () => {
  const slow = (store: JobStore, { clock }: ReturnType<typeof aWorker>): JobStore => ({
    read: (id) => store.read(id),
    write: async (write) => {
      const item = await store.write(write);
      if (write.transition === 'claim') await clock.advance(leaseMs);
      return item;
    },
  });
  const { deliver, runs } = worker(nothing, slow);
  expect(await deliver()).toMatchObject({ kind: 'return', visibleAt: t0 + leaseMs });
  expect(runs()).toBe(0);
});

describe('a cancel while the job runs', () => {
  test('is heeded when the job would be tried again', async () => {
    const canceling: Doing = () => {
      change({ cancelRequested: true });
      throw new Error('no');
    };
    const { deliver, change, stored } = worker(canceling);
    expect(await deliver()).toEqual({ kind: 'delete', why: 'the job is canceled' });
    expect(stored()).toMatchObject({ status: 'canceled', message: writeMessage(aMessage()) });
  });

  test('ends the job at the next heartbeat', async () => {
    const pausing: Doing = async (job, { clock }) => {
      change({ cancelRequested: true });
      await Promise.all([job.pause(1_000), clock.advance(heartbeatMs)]);
    };
    const { deliver, change, stored } = worker(pausing);
    expect(await deliver()).toMatchObject({ kind: 'delete' });
    expect(stored()).toMatchObject({ status: 'canceled', finishedAt: t0 + heartbeatMs });
  });
});

describe('a worker that lost its lease', () => {
  test.each([
    ['succeeded', nothing],
    ['failed', failing],
  ])('writes nothing when its job %s, and keeps the message', async (_what, ending) => {
    const { deliver, change, stored } = worker((job, world) => {
      change({ fencingToken: 2, claimId: 'of another worker' });
      return ending(job, world);
    });
    expect((await deliver()).kind).toBe('return');
    expect(stored()).toMatchObject({ status: 'running', fencingToken: 2, claimId: 'of another worker' });
  });

  test('has its job stopped at the next heartbeat', async () => {
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

test('the last progress comes with the outcome, without a write of its own', async () => {
  const { deliver, stored } = worker((job) => job.progress(70, 'almost'));
  await deliver();
  expect(stored()?.progress).toEqual({ percent: 70, message: 'almost' });
});
