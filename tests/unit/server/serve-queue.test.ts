import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../shared/job/errors.ts';
import { writeMessage } from '../../../shared/job/message.ts';
import { currentVersion } from '../../../shared/job/version.ts';
import { aDelivery, aFailedItem, aMessage, anId, jobId } from '../../set-ups/samples.ts';
import { aQueueServer, pausing } from '../../set-ups/serving.ts';

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

describe('a server that receives', () => {
  test('runs the jobs of a batch at the same time, and deletes each message when its job has ended', async () => {
    const { server, source, clock, store } = aQueueServer({ countdown: pausing });
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
    const { server, source, clock } = aQueueServer({ countdown: pausing, maxJobs: 3 });
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
    const { server, source, clock } = aQueueServer({ countdown: pausing, maxJobs: 2 });
    server.start();
    const room = source.receive(...deliveries(5, 5));
    await clock.advance(5_020);
    expect(await settled(room)).toBe(2);
  });

  test('says how many jobs are running, when one begins and when it has ended', async () => {
    const { server, source, clock, running } = aQueueServer({ countdown: pausing });
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
    const store = { read: unreachable, write: unreachable };
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
    const { server, source, clock, stop, store } = aQueueServer({ countdown: pausing });
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
    const { server, source, clock, stop, drain, queue, store } = aQueueServer({ countdown: pausing });
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
