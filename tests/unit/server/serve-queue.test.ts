import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { offMs } from '../../../server/answer-watch.ts';
import { NoProcessError } from '../../../server/isolation/fork-job.ts';
import { JobCrashedError } from '../../../server/isolation/isolation-errors.ts';
import { type MessageSource, QueueServer, type ServeDependencies } from '../../../server/serve-queue.ts';
import { type Illness, ServerCondition } from '../../../server/server-condition.ts';
import type { Handlers } from '../../../shared/author/handler.ts';
import {
  PermanentError,
  QueueUnavailableError,
  StoreUnavailableError,
} from '../../../shared/domain/base/errors.ts';
import { currentVersion, plainVersion } from '../../../shared/domain/base/version.ts';
import { writeMessage } from '../../../shared/domain/state/job/message.ts';
import type { Delivery } from '../../../shared/domain/state/ports.ts';
import { t0 } from '../../../testkit/fakes/fixed.ts';
import { recordedLog } from '../../../testkit/fakes/recorded-log.ts';
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
  /** What a receive waits for. */
  untilWell: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Held back by a test: a receive that is under way when the server stops. */
  underWay: Promise<void> = Promise.resolve();

  start(...[take, untilWell]: Parameters<MessageSource['start']>): void {
    this.calls.push('start');
    this.#take = take;
    this.untilWell = untilWell;
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
  /** What is wrong with the machine, as its probes would find out. */
  const wrong = new Map<Illness, string>();
  const probe = (of: Illness) => async () => {
    if (wrong.has(of)) throw new Error(wrong.get(of));
  };
  const probes = {
    disk: probe('disk'),
    calls: probe('calls'),
    clock: probe('clock'),
    processes: probe('processes'),
  };
  const { clock, log } = deps;
  const condition = new ServerCondition({ server: 'a', clock, log, probes, stop: requested.signal });
  const server = new QueueServer({
    ...deps,
    condition,
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
  return { ...worker, deps, server, source, running, inProcesses, stop, drain, condition, wrong };
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
        `"version":${plainVersion}`,
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

  test('a server that finds a job ended announces the end: its delivery may be older than that of the process that has ended it', async () => {
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

describe('a server that is ill', () => {
  const only = { options: { maxAttempts: 1 } } as const;
  const once = aDelivery({ body: writeMessage(aMessage(only)) });
  const failing = (error: Error) => ({ counting: async () => Promise.reject(error) });
  const noSpace = (): Error => Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
  const linesOf = ({ log }: ReturnType<typeof aQueueServer>, ...messages: readonly string[]) =>
    log.lines.filter(({ message }) => messages.includes(message));

  test.each([
    ['says that its disk is full', noSpace()],
    ['was caused by that', new Error('not sorted', { cause: noSpace() })],
    ['comes from a process that did not begin', new NoProcessError('it ended by the signal SIGSEGV')],
  ])('gives a job back whose error %s, and the only attempt does not count', async (_what, error) => {
    const { server, source, queue, store, condition } = aQueueServer(failing(error));
    server.start();
    await source.receive(once);
    await setImmediate();
    expect(store.items.get(jobId)).toMatchObject({ status: 'queued', attempt: 0, interruptions: 1 });
    expect(queue.visibilityChanges.at(-1)).toEqual({ receiptHandle: 'receipt-1', seconds: 0.001 });
    expect(source.deleted).toEqual([]);
    expect(condition.now.kind).toBe('ill');
  });

  test('gives a job back that failed in its own way, if there is no room on the disk', async () => {
    const { server, source, store, wrong } = aQueueServer(
      failing(new PermanentError('sort has ended with 2')),
    );
    wrong.set('disk', 'ENOSPC');
    server.start();
    await source.receive(once);
    await setImmediate();
    expect(store.items.get(jobId)).toMatchObject({ status: 'queued', attempt: 0 });
  });

  test('a job that fails on a server that is well has failed', async () => {
    const { server, source, store, condition } = aQueueServer(failing(new Error('its own fault')));
    server.start();
    await source.receive(once);
    await setImmediate();
    expect(store.items.get(jobId)).toMatchObject({ status: 'failed', attempt: 1 });
    expect(condition.now).toEqual({ kind: 'well' });
  });

  test('returns what a receive brings that was under way', async () => {
    const { server, source, queue, store, condition } = aQueueServer();
    server.start();
    condition.turnIll('clock', '600 s ahead');
    await source.receive(once);
    await setImmediate();
    expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 0 }]);
    expect(store.items.size).toBe(0);
    expect(source.deleted).toEqual([]);
  });

  test('interrupts the jobs that run when its clock is wrong, and no others', async () => {
    const { server, source, clock, store, condition } = aQueueServer({ counting: pausing });
    server.start();
    void source.receive(...deliveries(60));
    await clock.advance(1_000);
    condition.turnIll('disk', 'ENOSPC');
    await clock.advance(10_000);
    expect(store.items.get(anId(0))?.status).toBe('running');
    condition.turnIll('clock', '600 s ahead');
    await clock.advance(1_000);
    expect(store.items.get(anId(0))).toMatchObject({ status: 'queued', attempt: 0, interruptions: 1 });
  });

  test('receives again when its probes are good, after pauses that grow, and says so once', async () => {
    const world = aQueueServer();
    const { server, source, clock, condition, wrong } = world;
    server.start();
    wrong.set('disk', 'ENOSPC');
    await condition.examine();
    condition.turnIll('calls', 'AccessDenied');
    const well = source.untilWell?.(new AbortController().signal) ?? Promise.resolve();
    await clock.advance(1_000 + 2_000 + 4_000 - 1);
    wrong.clear();
    expect(await settled(well)).toBe('pending');
    await clock.advance(1);
    expect(await settled(well)).toBeUndefined();
    expect(linesOf(world, 'server is ill', 'server is well')).toEqual([
      { level: 'warn', message: 'server is ill', fields: { server: 'a', of: 'disk', why: 'ENOSPC' } },
      { level: 'info', message: 'server is well', fields: { server: 'a', of: 'disk', forMs: 7_000 } },
    ]);
  });

  test('goes on with longer pauses when it is ill again soon', async () => {
    const { clock, condition } = aQueueServer();
    const pauseOf = async (): Promise<number> => {
      const from = clock.now();
      condition.turnIll('disk', 'ENOSPC');
      while (condition.now.kind === 'ill') await clock.advance(500);
      return clock.now() - from;
    };
    expect([await pauseOf(), await pauseOf(), await pauseOf()]).toEqual([1_000, 2_000, 4_000]);
    await clock.advance(600_500);
    expect(await pauseOf()).toBe(1_000);
  });

  test('all who ask while a probe is made have its answer, and the next one has another', async () => {
    const { condition, wrong } = aQueueServer();
    const [one, other] = [condition.isIllOf('disk'), condition.isIllOf('disk')];
    expect(one).toBe(other);
    expect(await one).toBe(false);
    wrong.set('disk', 'ENOSPC');
    expect(await condition.isIllOf('disk')).toBe(true);
  });

  test('a probe without an answer is a bad one', async () => {
    const { clock, condition } = aQueueServer();
    const probes = { disk: () => new Promise<never>(() => {}), calls: async () => {} };
    const hanging = new ServerCondition({
      server: 'b',
      clock,
      log: recordedLog(),
      probes: { ...probes, clock: probes.calls, processes: probes.calls },
      stop: new AbortController().signal,
    });
    void hanging.examine();
    await clock.advance(10_000);
    expect(hanging.now).toMatchObject({ kind: 'ill', of: 'disk', why: 'no answer within 10 s' });
    expect(condition.now.kind).toBe('well');
  });

  test('a stop ends what a receive waits for', async () => {
    const { server, source, condition } = aQueueServer();
    server.start();
    condition.turnIll('disk', 'ENOSPC');
    const stop = new AbortController();
    const well = source.untilWell?.(stop.signal) ?? Promise.resolve();
    expect(await settled(well)).toBe('pending');
    stop.abort();
    expect(await settled(well)).toBeUndefined();
  });

  describe('whose processes crash', () => {
    const crash = failing(new JobCrashedError('by the signal SIGSEGV')).counting;
    const crashes = { ...contracts, 'csv-sums': { ...contracts['csv-sums'], isolate: true } };
    const csv = { csv: 'a,b\nx,1\n', groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] };
    /** @returns how the jobs of these types ended, one after another */
    const statuses = async (...types: readonly ('counting' | 'csv-sums')[]) => {
      const isolated = { ...handlers, counting: crash, 'csv-sums': crash };
      const { server, source, store } = aQueueServer({
        contracts: { ...crashes, counting: { ...contracts.counting, isolate: true } },
        isolated,
      });
      server.start();
      for (const [place, type] of types.entries()) {
        const payload = type === 'counting' ? { seconds: 0 } : csv;
        const body = writeMessage(aMessage({ ...only, id: anId(place), type, payload }));
        await source.receive(aDelivery({ body }));
        await setImmediate();
      }
      return types.map((_, place) => store.items.get(anId(place))?.status);
    };

    test('three in a row, of two types, are its own fault', async () => {
      expect(await statuses('counting', 'csv-sums', 'counting')).toEqual(['failed', 'failed', 'queued']);
    });

    test('those of one type alone are not', async () => {
      expect(await statuses('counting', 'counting', 'counting')).toEqual(['failed', 'failed', 'failed']);
    });
  });
});

describe('by how much a clock is off', () => {
  const date = new Date(t0).toUTCString();
  const second = Date.parse(date);
  test.each([
    ['a clock that is right', 0, 100, 0],
    ['a call that takes its time', -5_000, 100, 0],
    ['a process that stood still after its call', 0, 60_000, 0],
    ['a clock that is ahead', 600_000, 600_100, 599_000],
    ['a clock that is behind', -600_100, -600_000, -600_000],
  ])('%s', (_what, sent, answered, off) => {
    expect(offMs(date, { sentAt: second + sent, answeredAt: second + answered })).toBe(off);
  });

  test('an answer without a date says nothing', () => {
    expect(offMs(undefined, { sentAt: 1, answeredAt: 2 })).toBe(0);
  });
});
