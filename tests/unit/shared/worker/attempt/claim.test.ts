import { describe, expect, test } from '@jest/globals';
import type { JobContext } from '../../../../../shared/author/handler.ts';
import { QueueUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import type { TransitionName } from '../../../../../shared/domain/state/job/transitions.ts';
import type { MessageKeepingStore } from '../../../../../shared/domain/state/ports.ts';
import { processDelivery } from '../../../../../shared/worker/attempt/process-delivery.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryJobQueue } from '../../../../../testkit/fakes/in-memory-queues.ts';
import {
  aDelivery,
  aMessage,
  aQueuedItem,
  aRunningItem,
  firstToken,
  jobId,
  leaseMs,
} from '../../../../set-ups/samples.ts';
import { anInvocation, aWorker, heartbeatMs } from '../../../../set-ups/worker.ts';

/** A handler that can change the world of its test. */
type TestHandler = (job: JobContext, world: ReturnType<typeof aWorker>) => unknown;

const succeeding: TestHandler = () => {};
const failing: TestHandler = () => {
  throw new Error('no');
};

/** Makes a write twice, as an SDK does that got no answer to the first call. */
const repeating =
  (transition: TransitionName) =>
  (store: MessageKeepingStore): MessageKeepingStore => ({
    keepsMessages: true,
    read: (id) => store.read(id),
    write: async (write) => {
      if (write.transition === transition) await store.write(write);
      return store.write(write);
    },
  });

describe('claim', () => {
  function worker(
    handler: TestHandler,
    wrapStore: (store: MessageKeepingStore, world: ReturnType<typeof aWorker>) => MessageKeepingStore = (
      store,
    ) => store,
  ) {
    const world = aWorker();
    let runs = 0;
    const counting = async (_payload: unknown, job: JobContext) => {
      runs += 1;
      await handler(job, world);
      return { seconds: 7 };
    };
    const deps = {
      ...world.deps,
      handlers: { ...world.deps.handlers, counting },
      store: wrapStore(world.store, world),
    };
    const deliver = () => processDelivery(aDelivery(), anInvocation(world.clock), deps);
    const change = (over: Partial<JobItem>) =>
      world.store.items.set(jobId, { ...aRunningItem(), ...world.store.items.get(jobId), ...over });
    return { ...world, deliver, change, runs: () => runs, stored: () => world.store.items.get(jobId) };
  }

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
        expect(stored()?.status).toBe(
          { succeed: 'succeeded', fail: 'failed', release: 'queued' }[transition],
        );
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
    const slowClaim = (
      store: MessageKeepingStore,
      { clock }: ReturnType<typeof aWorker>,
    ): MessageKeepingStore => ({
      keepsMessages: true,
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

  test('a worker whose claim is refused after a while judges the job by the time of the answer: its lease is over', async () => {
    const slowRefusal = (
      store: MessageKeepingStore,
      { clock }: ReturnType<typeof aWorker>,
    ): MessageKeepingStore => ({
      keepsMessages: true,
      read: (id) => store.read(id),
      write: async (write) => {
        const item = await store.write(write);
        if (write.transition === 'claim') await clock.advance(1_000);
        return item;
      },
    });
    const { deliver, change, stored } = worker(succeeding, slowRefusal);
    change({ attempt: 3, leaseUntil: t0 + 1_000 });
    expect(await deliver()).toMatchObject({ kind: 'delete' });
    expect(stored()).toMatchObject({ status: 'failed', error: { name: 'AttemptsExhaustedError' } });
  });

  describe('a worker whose job gets a cancel request while it runs', () => {
    test('cancels the job instead of retrying it after an error', async () => {
      const canceling: TestHandler = () => {
        change({ cancelRequested: true });
        throw new Error('no');
      };
      const { deliver, change, stored } = worker(canceling);
      expect(await deliver()).toEqual({ isLogged: true, kind: 'delete', why: 'the job is canceled' });
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
});

/** A worker of the standard queue: it has no handler for types of the long queue, such as `counting`. */
function standardWorker() {
  const { deps, store, queue, clock } = aWorker();
  const long = new InMemoryJobQueue();
  const { counting: _, ...handlers } = deps.handlers;
  const standard = { ...deps, handlers, otherRunQueues: { long } };
  const process = (message = aMessage()) =>
    processDelivery(aDelivery({ body: writeMessage(message) }), anInvocation(clock), standard);
  return { process, long, store, queue };
}

describe('moved type', () => {
  test('a message whose type has moved to another queue is sent on there, and deleted', async () => {
    const { process, long, store } = standardWorker();
    store.items.set(jobId, aQueuedItem());
    expect(await process()).toEqual({ kind: 'delete', why: 'its type runs from another queue' });
    expect(long.sent).toEqual([{ message: { ...aMessage(), requeued: true }, delaySeconds: 0 }]);
    expect(store.items.get(jobId)).toEqual(aQueuedItem({ seenAt: t0 }));
  });

  test('a message whose type has moved stays where it is if the other queue cannot be reached', async () => {
    const { process, long } = standardWorker();
    long.failing.add('send');
    await expect(process()).rejects.toThrow(QueueUnavailableError);
  });

  test('a message of a type that this worker runs is not sent on', async () => {
    const { process, long, store } = standardWorker();
    const payload = { csv: 'a,b\nx,1\n', groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] };
    expect((await process(aMessage({ type: 'csv-sums', payload }))).kind).toBe('delete');
    expect(long.sent).toEqual([]);
    expect(store.items.get(jobId)?.status).toBe('succeeded');
  });

  test('a message of a type that no contract names is not sent on, but waits', async () => {
    const { process, long, store } = standardWorker();
    expect(await process(aMessage({ type: 'of-tomorrow' }))).toMatchObject({
      kind: 'return',
      visibleAt: t0 + 5_000,
    });
    expect(long.sent).toEqual([]);
    expect(store.items.get(jobId)?.status).toBe('waiting');
  });
});

/** Its worker died with others in the same process. */
const crashed = aRunningItem({ attempt: 3, leaseUntil: t0, inCompany: true });

describe('company', () => {
  /** A worker that has received so many messages, of which one is processed. */
  function worker(
    batchSize: number,
    item?: JobItem,
    distort: (store: MessageKeepingStore) => MessageKeepingStore = (store) => store,
  ) {
    const { deps, store, clock } = aWorker();
    const long = new InMemoryJobQueue();
    if (item) store.items.set(jobId, item);
    let whileRunning: JobItem | undefined;
    const counting = async () => {
      whileRunning = store.items.get(jobId);
      return { seconds: 0 };
    };
    const own = {
      ...deps,
      store: distort(store),
      handlers: { ...deps.handlers, counting },
      otherRunQueues: { long },
    };
    const process = () => processDelivery(aDelivery(), anInvocation(clock, 60_000, batchSize), own);
    return { process, long, clock, whileRunning: () => whileRunning, stored: () => store.items.get(jobId) };
  }

  describe('a job that runs in a batch with others', () => {
    test('is marked as in company while it runs, and not after that', async () => {
      const { process, whileRunning, stored } = worker(10);
      await process();
      expect(whileRunning()?.inCompany).toBe(true);
      expect(stored()).toMatchObject({ status: 'succeeded' });
      expect(stored()).not.toHaveProperty('inCompany');
    });

    test('is not marked if its batch is a single message', async () => {
      const { process, whileRunning } = worker(1);
      await process();
      expect(whileRunning()).not.toHaveProperty('inCompany');
    });
  });

  describe('a job that crashed in company', () => {
    test('is sent to the long queue to run alone, even if its attempts are spent', async () => {
      const { process, long, stored } = worker(10, crashed);
      expect(await process()).toEqual({ kind: 'delete', why: 'it runs alone now' });
      expect(long.sent).toEqual([{ message: { ...aMessage(), requeued: true }, delaySeconds: 0 }]);
      expect(stored()).toEqual({ ...crashed, seenAt: t0 });
    });

    test('runs where it is if it is alone there, and its attempt is not counted again', async () => {
      const { process, long, whileRunning, stored } = worker(1, crashed);
      expect(await process()).toEqual({ isLogged: true, kind: 'delete', why: 'the job is succeeded' });
      expect(long.sent).toEqual([]);
      expect(whileRunning()).toMatchObject({ attempt: 3, fencingToken: crashed.fencingToken + 1 });
      expect(whileRunning()).not.toHaveProperty('inCompany');
      expect(stored()?.history).toEqual([
        { event: 'started', at: t0 },
        { event: 'started', at: t0, attempt: 3 },
        { event: 'succeeded', at: t0, attempt: 3 },
      ]);
    });

    test('is recognized by its worker if the answer to the second claim is lost', async () => {
      const { process, whileRunning } = worker(1, crashed, (store) => ({
        keepsMessages: true,
        read: (id) => store.read(id),
        write: async (write) => {
          if (write.transition === 'reclaim') await store.write(write);
          return store.write(write);
        },
      }));
      expect((await process()).kind).toBe('delete');
      expect(whileRunning()).toMatchObject({ attempt: 3, fencingToken: crashed.fencingToken + 1 });
    });

    test('is not taken if it was read slowly: a start of its limit would be used too late', async () => {
      const { process, clock, stored } = worker(1, crashed, (store) => ({
        keepsMessages: true,
        read: async (id) => {
          await clock.advance(1_000);
          return store.read(id);
        },
        write: (write) => store.write(write),
      }));
      expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 1_000 });
      expect(stored()).toEqual(crashed);
    });

    test('is left alone while its lease lives', async () => {
      const { process, long } = worker(10, { ...crashed, leaseUntil: t0 + leaseMs });
      expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + leaseMs });
      expect(long.sent).toEqual([]);
    });

    test('is canceled if a cancel was requested', async () => {
      const { process, stored } = worker(10, { ...crashed, cancelRequested: true });
      expect((await process()).kind).toBe('delete');
      expect(stored()?.status).toBe('canceled');
    });
  });

  test('a job that crashed alone with its attempts spent fails', async () => {
    const { inCompany: _, ...alone } = crashed;
    const { process, stored } = worker(10, alone);
    expect(await process()).toEqual({ kind: 'delete', why: 'the job is failed' });
    expect(stored()?.error?.name).toBe('AttemptsExhaustedError');
  });
});
