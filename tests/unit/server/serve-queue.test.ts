import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { type MessageSource, QueueServer, type ServeDependencies } from '../../../server/serve-queue.ts';
import type { Handlers } from '../../../shared/author/handler.ts';
import { QueueUnavailableError, StoreUnavailableError } from '../../../shared/domain/base/errors.ts';
import { currentVersion } from '../../../shared/domain/base/version.ts';
import { writeMessage } from '../../../shared/domain/state/message.ts';
import type { Delivery } from '../../../shared/domain/state/ports.ts';
import { t0 } from '../../../testkit/fakes/fixed.ts';
import { contracts } from '../../job-types/contracts.ts';
import { type AllHandlers, handlers } from '../../set-ups/handlers.ts';
import { aDelivery, aFailedItem, aMessage, anId, aRunningItem, jobId } from '../../set-ups/samples.ts';
import { aWorker } from '../../set-ups/worker.ts';

/** What a server receives from, in a test. The test hands out the batches. */
class FakeSource implements MessageSource {
  readonly deleted: string[] = [];
  /** Whether deletions fail. */
  isFailing = false;
  /** What has happened, in order. */
  readonly calls: string[] = [];
  #take: ((batch: readonly Delivery[]) => Promise<number>) | undefined;
  /** Held back by a test: a receive that is under way when the server stops. */
  underWay: Promise<void> = Promise.resolve();

  start(take: (batch: readonly Delivery[]) => Promise<number>): void {
    this.calls.push('start');
    this.#take = take;
  }

  async stop(): Promise<void> {
    this.calls.push('stop');
    await this.underWay;
  }

  async delete({ receiptHandle }: Pick<Delivery, 'receiptHandle'>): Promise<void> {
    if (this.isFailing) throw new QueueUnavailableError('the deletion fails in this test');
    this.deleted.push(receiptHandle);
  }

  /** @returns how many messages the next batch may have, once the server says so */
  async receive(...batch: readonly Delivery[]): Promise<number> {
    if (!this.#take) throw new Error('the server receives nothing');
    return this.#take(batch);
  }
}

interface Setup extends Partial<ServeDependencies> {
  readonly counting?: AllHandlers['counting'];
  /** The handlers of jobs that have a process of their own. */
  readonly isolated?: Handlers;
}

/** A job that saves no state. */
const pausing: AllHandlers['counting'] = async ({ seconds }, job) => {
  await job.pause(seconds);
  return { seconds };
};

/** A worker server on fakes. */
function aQueueServer({ counting = handlers.counting, isolated = handlers, ...more }: Setup = {}) {
  const { deps, ...worker } = aWorker();
  const source = new FakeSource();
  const requested = new AbortController();
  const drained = new AbortController();
  const running: number[] = [];
  /** The message ids of the jobs that were given a process of their own. */
  const inProcesses: string[] = [];
  const server = new QueueServer({
    ...deps,
    handlers: { ...handlers, counting },
    source,
    isolate: ({ messageId }) => {
      inProcesses.push(messageId);
      return isolated;
    },
    stopping: { requested: requested.signal, drained: drained.signal },
    maxJobs: 2,
    onRunning: (count) => running.push(count),
    ...more,
  });
  const stop = () => requested.abort();
  const drain = () => drained.abort();
  return { ...worker, deps, server, source, running, inProcesses, stop, drain };
}

/** Deliveries of jobs that run for so many seconds. */
const deliveries = (...seconds: readonly number[]) =>
  seconds.map((each, place) =>
    aDelivery({
      messageId: `message-${place}`,
      receiptHandle: `receipt-${place}`,
      body: writeMessage(aMessage({ id: anId(place), payload: { seconds: each } })),
    }),
  );

/** What a promise has resolved with so far. */
async function settled<T>(promise: Promise<T>): Promise<T | 'pending'> {
  await setImmediate();
  return Promise.race([promise, Promise.resolve('pending' as const)]);
}

describe('serve queue', () => {
  describe('a server that receives', () => {
    test('runs the jobs of a batch at the same time, and deletes each message when its job has ended', async () => {
      const { server, source, clock, store } = aQueueServer({ counting: pausing });
      server.start();
      const room = source.receive(...deliveries(5, 3));
      await clock.advance(4_000);
      expect(source.deleted).toEqual(['receipt-1']);
      expect(store.items.get(anId(1))?.status).toBe('succeeded');
      expect(store.items.get(anId(0))?.status).toBe('running');
      expect(await settled(room)).toBe(1);
      await clock.advance(2_000);
      expect(source.deleted).toEqual(['receipt-1', 'receipt-0']);
    });

    test('asks for no more messages than it has room for, and for none until there is room', async () => {
      const { server, source, clock } = aQueueServer({ counting: pausing, maxJobs: 3 });
      server.start();
      expect(await source.receive(...deliveries(9))).toBe(2);
      const [, ...two] = deliveries(0, 7, 8);
      const room = source.receive(...two);
      expect(await settled(room)).toBe('pending');
      await clock.advance(7_000);
      expect(await settled(room)).toBe('pending');
      await clock.advance(20);
      expect(await settled(room)).toBe(1);
    });

    test('asks for room for all that end in the same moment, and not for each of them', async () => {
      const { server, source, clock } = aQueueServer({ counting: pausing, maxJobs: 2 });
      server.start();
      const room = source.receive(...deliveries(5, 5));
      await clock.advance(5_020);
      expect(await settled(room)).toBe(2);
    });

    test('says how many jobs are running, when one begins and when it has ended', async () => {
      const { server, source, clock, running } = aQueueServer({ counting: pausing });
      server.start();
      void source.receive(...deliveries(1, 2));
      await clock.advance(3_000);
      expect(running).toEqual([1, 2, 1, 0]);
      expect(server.running).toBe(0);
    });

    test('returns a message of newer code with a backoff, and does not delete it', async () => {
      const { server, source, queue, log } = aQueueServer();
      server.start();
      const body = writeMessage(aMessage()).replace(
        `"version":${currentVersion}`,
        `"version":${currentVersion + 1}`,
      );
      await source.receive(aDelivery({ body }));
      await setImmediate();
      expect(source.deleted).toEqual([]);
      expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 1 }]);
      expect(log.lines.map(({ message }) => message)).toContain('delivery failed');
    });

    test('goes on when the table is out of reach: the message is returned', async () => {
      const unreachable = () => Promise.reject(new StoreUnavailableError('no'));
      const store = { keepsMessages: true as const, read: unreachable, write: unreachable };
      const { server, source, queue } = aQueueServer({ store });
      server.start();
      await source.receive(aDelivery());
      await setImmediate();
      expect(source.deleted).toEqual([]);
      expect(queue.visibilityChanges).toHaveLength(1);
      expect(server.running).toBe(0);
    });

    test('goes on when a message cannot be deleted: it comes again, and its job has ended', async () => {
      const { server, source, log, store } = aQueueServer();
      server.start();
      source.isFailing = true;
      await source.receive(aDelivery());
      await setImmediate();
      expect(store.items.get(jobId)?.status).toBe('succeeded');
      expect(log.lines.map(({ message }) => message)).toContain('message not deleted');
      source.isFailing = false;
      await source.receive(aDelivery({ receiptHandle: 'receipt-2', receiveCount: 2 }));
      await setImmediate();
      expect(source.deleted).toEqual(['receipt-2']);
    });
  });

  test('a server that finds a job ended announces the end: its delivery may be older than that of whoever has ended it', async () => {
    const { server, source, store, notifications } = aQueueServer();
    store.items.set(jobId, aFailedItem({ notify: [{ url: 'https://receiver.example/' }] }));
    server.start();
    await source.receive(aDelivery({ receiveCount: 1 }));
    await setImmediate();
    expect(notifications.sent).toHaveLength(1);
    expect(source.deleted).toEqual(['receipt-1']);
  });

  describe('a server that stops', () => {
    test('begins no receive, and has stopped when its jobs have ended', async () => {
      const { server, source, clock, stop, store } = aQueueServer({ counting: pausing });
      server.start();
      void source.receive(...deliveries(5, 3));
      await clock.advance(1_000);
      const stopped = server.stopped().then(() => 'stopped');
      stop();
      await clock.advance(3_000);
      expect(source.calls).toEqual(['start', 'stop']);
      expect(await settled(stopped)).toBe('pending');
      await clock.advance(2_000);
      expect(await settled(stopped)).toBe('stopped');
      expect(source.deleted).toEqual(['receipt-1', 'receipt-0']);
      expect(store.items.get(anId(0))?.status).toBe('succeeded');
    });

    test('returns at once what a receive brings that was under way', async () => {
      const { server, source, stop, queue, store } = aQueueServer();
      const { promise, resolve } = Promise.withResolvers<void>();
      source.underWay = promise;
      server.start();
      const stopped = server.stopped().then(() => 'stopped');
      stop();
      expect(await settled(stopped)).toBe('pending');
      void source.receive(aDelivery());
      resolve();
      await setImmediate();
      expect(await settled(stopped)).toBe('stopped');
      expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 0 }]);
      expect(source.deleted).toEqual([]);
      expect(store.items.size).toBe(0);
    });

    test('gives a job back that has not ended when its time is over, and keeps the message', async () => {
      const { server, source, clock, stop, drain, queue, store } = aQueueServer({ counting: pausing });
      server.start();
      void source.receive(...deliveries(60));
      const stopped = server.stopped().then(() => 'stopped');
      stop();
      await clock.advance(10_000);
      drain();
      await clock.advance(1);
      expect(await settled(stopped)).toBe('stopped');
      expect(store.items.get(anId(0))).toMatchObject({ status: 'queued', attempt: 0, interruptions: 1 });
      expect(queue.visibilityChanges.at(-1)).toEqual({ receiptHandle: 'receipt-0', seconds: 0 });
      expect(source.deleted).toEqual([]);
    });

    test('does not begin to receive if it is stopped before it starts', async () => {
      const { server, source, stop } = aQueueServer();
      stop();
      server.start();
      await server.stopped();
      expect(source.calls).toEqual(['stop']);
    });
  });
});

describe('which jobs have a process of their own', () => {
  const ofQueueServer = { ...contracts.counting, queue: 'server' } as const;
  const redelivered = aDelivery({ receiveCount: 2 });
  test.each([
    ['a job of the queue server', ofQueueServer, aDelivery(), true],
    ['one whose contract says that it needs none', { ...ofQueueServer, isolate: false }, aDelivery(), false],
    ['that one, delivered again', { ...ofQueueServer, isolate: false }, redelivered, true],
    ['a job of another queue', contracts.counting, aDelivery(), false],
    ['that one, delivered again', contracts.counting, redelivered, true],
    ['one whose contract asks for it', { ...contracts.counting, isolate: true }, aDelivery(), true],
  ])('%s', async (_name, counting, delivery, isIsolated) => {
    const { server, source, inProcesses } = aQueueServer({ contracts: { ...contracts, counting } });
    server.start();
    await source.receive(delivery);
    await setImmediate();
    expect(inProcesses).toEqual(isIsolated ? ['message-1'] : []);
    expect(source.deleted).toEqual(['receipt-1']);
  });
});

describe('a server that crashes', () => {
  const isolated = { ...contracts, counting: { ...contracts.counting, isolate: true } };
  const crashed = { attempt: 1, maxAttempts: 1, leaseUntil: t0 - 1, inCompany: true } as const;

  test('may have been crashed by another job, whatever process its jobs have', async () => {
    const { server, source, store, clock } = aQueueServer({
      contracts: isolated,
      isolated: { counting: pausing },
    });
    server.start();
    void source.receive(aDelivery({ body: writeMessage(aMessage({ payload: { seconds: 60 } })) }));
    await clock.advance(1_000);
    expect(store.items.get(jobId)).toMatchObject({ status: 'running', inCompany: true });
  });

  test('costs no attempt: another one makes it again', async () => {
    const { server, source, store } = aQueueServer({ contracts: isolated });
    store.items.set(jobId, aRunningItem(crashed));
    server.start();
    await source.receive(aDelivery({ receiveCount: 2 }));
    await setImmediate();
    expect(store.items.get(jobId)).toMatchObject({ status: 'succeeded', attempt: 1 });
  });
});
