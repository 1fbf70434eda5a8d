import { describe, expect, test } from '@jest/globals';
import {
  PermanentError,
  RetryAfterError,
  StoreUnavailableError,
} from '../../../../../shared/domain/base/errors.ts';
import { uploadNameFor } from '../../../../../shared/domain/objects/upload-name.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import { pointerTo } from '../../../../../shared/domain/state/job/pointer.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { dependent, dependents, itsWake } from '../../../../set-ups/dependents.ts';
import type { AllHandlers } from '../../../../set-ups/handlers.ts';
import {
  aDelivery,
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  dayMs,
  jobId,
  leaseMs,
  uploadRules,
} from '../../../../set-ups/samples.ts';
import { anInvocation, heartbeatMs, spiedWorker, throwing } from '../../../../set-ups/worker.ts';

describe('process delivery', () => {
  describe('processDelivery', () => {
    test('runs the job with two writes, and deletes the message after the outcome is stored', async () => {
      const { process, calls, store, stored } = spiedWorker();
      store.items.set(jobId, aQueuedItem());
      expect(await process()).toEqual({ isLogged: true, kind: 'delete', why: 'the job is succeeded' });
      expect(calls).toEqual(['write claim', 'write succeed']);
      expect(stored()).toMatchObject({ status: 'succeeded', result: '{"seconds":0}', attempt: 1 });
    });

    test('stops the heartbeat when the job has ended', async () => {
      const { process, calls, clock } = spiedWorker();
      await process();
      await clock.advance(10 * heartbeatMs);
      expect(calls).toEqual(['write claim', 'write succeed']);
    });

    test('deletes the message of a job that fails with a PermanentError', async () => {
      const { process, stored } = spiedWorker({ counting: throwing(new PermanentError('no')) });
      expect(await process()).toEqual({ isLogged: true, kind: 'delete', why: 'the job is failed' });
      expect(stored()).toMatchObject({ status: 'failed', error: { name: 'PermanentError', message: 'no' } });
    });

    test('returns the message with a backoff if the attempt fails and attempts are left', async () => {
      const { process, calls, stored } = spiedWorker({ counting: throwing(new Error('no')) });
      expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 1_000, message: aMessage() });
      expect(calls).toEqual(['write claim', 'write release']);
      expect(stored()).toMatchObject({ status: 'queued', notBefore: t0 + 1_000, attempt: 1 });
    });

    test('returns the message of a job that is to be tried later, without an attempt', async () => {
      const { process, calls, stored } = spiedWorker({ counting: throwing(new RetryAfterError(900)) });
      expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 900_000 });
      expect(calls).toEqual(['write claim', 'write release']);
      expect(stored()).toMatchObject({ status: 'queued', attempt: 0, error: { name: 'RetryAfterError' } });
    });

    const postponed = { kind: 'delete', why: 'the job waits outside of its queue' };
    const pointer = pointerTo(aQueuedItem());

    test('deletes the message of a job that waits for longer, after a pointer to it was sent', async () => {
      const { process, calls, pointers, stored } = spiedWorker({
        counting: throwing(new RetryAfterError(901)),
      });
      expect(await process()).toEqual({ ...postponed, isLogged: true });
      expect(calls).toEqual(['write claim', 'write leaveQueue']);
      expect(pointers.sent).toEqual([{ pointer, delaySeconds: 0 }]);
      expect(stored()).toMatchObject({ status: 'waiting', attempt: 0, postponedUntil: t0 + 901_000 });
    });

    test('sends the pointer when the message comes again, if that could not be done before', async () => {
      const { process, pointers } = spiedWorker({ counting: throwing(new RetryAfterError(3_600)) });
      pointers.isFailing = true;
      expect(await process()).toMatchObject({ kind: 'return', why: 'processing failed' });
      pointers.isFailing = false;
      expect(await process(aDelivery({ receiveCount: 2 }))).toEqual(postponed);
      expect(pointers.sent).toHaveLength(1);
    });

    test.each([
      ['waits', { status: 'waiting', notBefore: t0 + 900_000 }, pointer],
      ['is on its way with a delay', { status: 'queued', notBefore: t0 + 10_000 }, pointer],
      ['has been let go on', { status: 'queued', notBefore: t0 }, { ...pointer, again: true }],
    ] as const)(
      'deletes a copy that is older than the wait of a job that %s, after a pointer to it was sent',
      async (_what, over, sent) => {
        const { process, calls, pointers, store, stored } = spiedWorker();
        const kept = { message: writeMessage(aMessage()), stamp: 2, left: 2 };
        const item = aQueuedItem({ ...over, ...kept, postponedUntil: over.notBefore });
        store.items.set(jobId, item);
        expect(await process(aDelivery({ body: writeMessage(aMessage({ left: 1 })) }))).toEqual(postponed);
        expect(calls).toEqual(['write claim', 'read']);
        expect(pointers.sent).toEqual([{ pointer: sent, delaySeconds: 0 }]);
        expect(stored()).toBe(item);
      },
    );

    test('keeps a copy that was made from the item in the queue, however far its time is', async () => {
      const { process, pointers, store } = spiedWorker();
      const notBefore = t0 + 3_600_000;
      const kept = { message: writeMessage(aMessage()), stamp: 1, left: 1 };
      store.items.set(
        jobId,
        aQueuedItem({ status: 'waiting', notBefore, postponedUntil: notBefore, ...kept }),
      );
      const copy = aDelivery({ body: writeMessage(aMessage({ left: 1 })) });
      expect(await process(copy)).toMatchObject({ kind: 'return', visibleAt: notBefore, isWait: true });
      expect(pointers.sent).toEqual([]);
    });

    test.each([
      ['leased', aRunningItem(), { kind: 'return', visibleAt: t0 + leaseMs }],
      ['not due', aQueuedItem({ notBefore: t0 + 9 }), { kind: 'return', visibleAt: t0 + 9 }],
      ['finished', aFailedItem(), { kind: 'delete' }],
    ])('does not run a job that is %s', async (_what, item, disposition) => {
      const { process, calls, store, stored } = spiedWorker();
      store.items.set(jobId, item);
      expect(await process()).toMatchObject(disposition);
      expect(calls).toEqual(['write claim', 'read']);
      expect(stored()).toBe(item);
    });
  });

  describe('processDelivery, for a queue with a long visibility timeout,', () => {
    test('makes the message invisible for a lease and a second before the claim, so that a crash is noticed', async () => {
      const { process, calls, queue } = spiedWorker({ changeVisibilityBeforeClaim: true });
      await process();
      expect(calls).toEqual(['changeVisibility', 'write claim', 'write succeed']);
      expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 61 }]);
    });

    test('runs the job even if the visibility cannot be changed', async () => {
      const { process, queue, stored } = spiedWorker({ changeVisibilityBeforeClaim: true });
      queue.failing.add('changeVisibility');
      expect((await process()).kind).toBe('delete');
      expect(stored()?.status).toBe('succeeded');
    });
  });

  describe('processDelivery, for an unreadable message,', () => {
    test.each([
      ['text that is not JSON', 'not JSON'],
      ['an empty object', '{}'],
      ['null', 'null'],
      ['a message of run 0', writeMessage(aMessage({ run: 0 }))],
    ])('moves %s to the quarantine queue', async (_what, body) => {
      const { process, queue, calls } = spiedWorker();
      expect((await process(aDelivery({ body }))).kind).toBe('delete');
      expect(queue.quarantined).toEqual([{ body, reason: expect.any(String) }]);
      expect(calls).toEqual(['quarantine']);
    });

    test('returns the message with a backoff if it cannot be moved to the quarantine queue', async () => {
      const { process, queue } = spiedWorker();
      queue.failing.add('quarantine');
      expect(await process(aDelivery({ body: '?' }))).toEqual({
        kind: 'return',
        why: 'processing failed',
        visibleAt: t0 + 1_000,
      });
    });
  });

  describe('processDelivery, near the end of an invocation,', () => {
    const unknown = aDelivery({ body: writeMessage(aMessage({ type: 'unknown-type' })) });

    const csv = aDelivery({ body: writeMessage(aMessage({ type: 'csv-sums' })) });

    test.each([
      ['of an unknown type', unknown],
      ['of the long queue that can be handed over', aDelivery()],
      ['of the standard queue that can be handed over', csv],
    ])('returns the message of a job %s if less than a second is left', async (_what, delivery) => {
      const { process, calls, clock } = spiedWorker();
      const invocation = anInvocation(clock, 60_000);
      await clock.advance(49_001);
      const disposition = await process(delivery, invocation);
      expect(disposition).toMatchObject({ kind: 'return', why: 'too little time left' });
      expect(calls).toEqual([]);
    });

    test.each([
      ['of the long queue that can be handed over', aDelivery()],
      ['of the standard queue that can be handed over', csv],
    ])('claims a job %s if a second is left', async (_what, delivery) => {
      const { process, calls, clock } = spiedWorker();
      const invocation = anInvocation(clock, 60_000);
      await clock.advance(49_000);
      await process(delivery, invocation);
      expect(calls[0]).toBe('write claim');
    });

    test.each([
      [25_000, 'write claim'],
      [25_001, undefined],
    ])('leaves a job with steps the time that each of them may take: after %d ms', async (ms, call) => {
      const { process, calls, clock } = spiedWorker();
      const invocation = anInvocation(clock, 60_000);
      await clock.advance(ms);
      // Ten minutes: half of the invocation has to be enough.
      const payload = { seats: 0, waitSeconds: 0 };
      await process(aDelivery({ body: writeMessage(aMessage({ type: 'booking', payload })) }), invocation);
      expect(calls[0]).toBe(call);
    });

    test('claims a job that needs more time than a whole invocation has if half of the invocation is left', async () => {
      const { process, calls, clock } = spiedWorker();
      const invocation = anInvocation(clock, 900);
      await clock.advance(300);
      await process(aDelivery(), invocation);
      expect(calls[0]).toBe('write claim');
    });
  });

  test.each([
    [5_000, 4_000],
    [60_000, 50_000],
    [900_000, 890_000],
  ])(
    'an invocation of %d ms has %d ms for handlers, and keeps the rest to store outcomes and to answer',
    (remainingMs, usableMs) => {
      expect(anInvocation(new FixedClock(), remainingMs).deadline).toBe(t0 + usableMs);
    },
  );
});

type Counting = AllHandlers['counting'];

/** A worker with a job that has a dependent. */
function worker(item: JobItem, counting?: (world: ReturnType<typeof spiedWorker>) => Counting) {
  const world: ReturnType<typeof spiedWorker> = spiedWorker({
    counting: counting && ((payload, job) => counting(world)(payload, job)),
  });
  world.store.items.set(jobId, { ...item, dependents });
  world.store.items.set(dependent.id, dependent);
  return world;
}
const canceledDuringRun =
  (then: () => Promise<never>) =>
  ({ store }: ReturnType<typeof spiedWorker>): Counting =>
  () => {
    const item = store.items.get(jobId);
    if (item) store.items.set(jobId, { ...item, cancelRequested: true });
    return then();
  };

describe('a worker', () => {
  test.each([
    ['succeeds', 'succeeded', undefined],
    ['fails', 'failed', () => throwing(new PermanentError('no'))],
    ['is canceled instead of retried', 'canceled', canceledDuringRun(() => Promise.reject(new Error('no')))],
  ] as const)('wakes the dependents of a job that %s', async (_what, status, counting) => {
    const { process, stored, pointers, calls } = worker(aQueuedItem(), counting);
    expect(await process()).toEqual({ isLogged: true, kind: 'delete', why: `the job is ${status}` });
    expect(stored()).toMatchObject({ status, dependents });
    expect(pointers.sent).toEqual([itsWake]);
    expect(calls.at(-1)).toBe('read');
  });

  test.each([
    ['gets another attempt', () => throwing(new Error('no'))],
    ['sleeps', () => (_payload: unknown, job: Parameters<Counting>[1]) => job.sleep(60, { passed: 1 })],
  ])('does not wake the dependents of a job that %s', async (_what, counting) => {
    const { process, waiting } = worker(aQueuedItem(), counting);
    expect((await process()).kind).toBe('return');
    expect(waiting.sent).toEqual([]);
  });

  test('returns the message if the dependents cannot be woken, and wakes them when it is redelivered', async () => {
    const { process, stored, pointers } = worker(aQueuedItem());
    pointers.isFailing = true;
    expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 1_000 });
    expect(stored()?.status).toBe('succeeded');
    pointers.isFailing = false;
    expect((await process(aDelivery({ receiveCount: 2 }))).kind).toBe('delete');
    expect(pointers.sent).toEqual([itsWake]);
  });
});

describe('a worker that receives a message but does not claim its job', () => {
  test.each(['succeeded', 'failed'] as const)(
    'wakes the dependents of a %s job, although SQS says that the message is delivered for the first time',
    async (status) => {
      const item = aFailedItem({ status, dependents });
      const { process, stored, pointers } = worker(item);
      expect(await process()).toEqual({ kind: 'delete', why: `the job is ${status}` });
      expect(pointers.sent).toEqual([itsWake]);
      expect(stored()).toEqual(item);
    },
  );

  test.each([
    ['cancels, as requested', aRunningItem({ leaseUntil: t0, cancelRequested: true }), 'canceled'],
    ['fails, because no attempt is left', aRunningItem({ leaseUntil: t0, attempt: 3 }), 'failed'],
    [
      'finds canceled, because the function that canceled it may have crashed',
      aFailedItem({ status: 'canceled' }),
      'canceled',
    ],
    [
      'finds canceled without its message',
      aFailedItem({ status: 'canceled', message: undefined }),
      'canceled',
    ],
  ])('wakes the dependents of a job that it %s', async (_what, item, status) => {
    const { process, pointers } = worker(item);
    expect(await process()).toEqual({ kind: 'delete', why: `the job is ${status}` });
    expect(pointers.sent).toEqual([itsWake]);
  });
});

describe('a worker that receives a message before the start time of the job', () => {
  const notDue = aMessage({ options: { maxAttempts: 3, runAt: t0 + 700 } });
  const delivery = aDelivery({ body: writeMessage(notDue) });

  test.each([
    ['is waiting', aQueuedItem({ status: 'waiting', runAt: t0 + 700 })],
    ['has no item yet', undefined],
  ])('returns the message until that time, and runs the job then, if the job %s', async (_what, item) => {
    const { process, store, stored, calls, clock } = spiedWorker();
    if (item) store.items.set(jobId, item);
    expect(await process(delivery)).toMatchObject({ kind: 'return', visibleAt: t0 + 700, message: notDue });
    expect(calls).toEqual(['read']);
    expect(stored()).toBe(item);
    await clock.advance(700);
    expect((await process(delivery)).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'succeeded', runAt: t0 + 700 });
  });

  test('returns the message until the start time in the item if the message has none', async () => {
    const { process, store, stored } = spiedWorker();
    store.items.set(jobId, aQueuedItem({ status: 'waiting', runAt: t0 + 700 }));
    expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 700 });
    expect(stored()?.status).toBe('waiting');
  });
});

const message = aMessage({ options: { maxAttempts: 3, group: 'a group' } });
const body = writeMessage(message);
const nearLimits = aDelivery({ body, receiveCount: 900 });

function orderedWorker(item?: JobItem) {
  const world = spiedWorker({ isOrdered: true });
  if (item) world.store.items.set(jobId, item);
  return world;
}

describe('process delivery ordered', () => {
  describe('a worker of the ordered queue', () => {
    test.each([
      ['received 900 times', nearLimits],
      ['sent 12 days ago', aDelivery({ body, sentAt: t0 - 12 * dayMs })],
    ])(
      'fails the job of a message that was %s, because a requeued message would lose its place',
      async (_what, delivery) => {
        const { process, stored, queue, calls, log } = orderedWorker(aQueuedItem({ group: 'a group' }));
        expect(await process(delivery)).toEqual({ kind: 'delete', why: 'the job is failed' });
        expect(stored()).toMatchObject({
          status: 'failed',
          group: 'a group',
          error: { name: 'QueueLimitError', message: expect.stringContaining('12 days') },
          message: body,
          finishedAt: t0,
        });
        expect(calls).toEqual(['read', 'write failUnclaimed']);
        expect(queue.sent).toEqual([]);
        expect(log.lines).toMatchObject([
          { level: 'error', fields: { jobId } },
          { message: 'job ended', fields: { jobId, outcome: 'unclaimed' } },
        ]);
      },
    );

    test.each([
      ['received 899 times', aDelivery({ body, receiveCount: 899 })],
      ['sent almost 12 days ago', aDelivery({ body, sentAt: t0 - 12 * dayMs + 1 })],
    ])('runs the job of a message that was %s', async (_what, delivery) => {
      const { process, stored } = orderedWorker(aQueuedItem());
      expect((await process(delivery)).kind).toBe('delete');
      expect(stored()).toMatchObject({ status: 'succeeded', group: 'a group' });
    });

    test.each([
      ['waits for its next attempt', aQueuedItem({ notBefore: t0 + 1, attempt: 1 })],
      ['is asleep', aQueuedItem({ status: 'waiting', notBefore: t0 + 1 })],
      ['has lost its worker', aRunningItem({ leaseUntil: t0 })],
      ['has no item', undefined],
    ])('fails a job that %s if the message is near the queue limits', async (_what, item) => {
      const { process, stored } = orderedWorker(item);
      expect((await process(nearLimits)).kind).toBe('delete');
      expect(stored()).toMatchObject({ status: 'failed', error: { name: 'QueueLimitError' } });
    });

    test('does not change a job that another worker holds if the message is near the queue limits', async () => {
      const { process, stored } = orderedWorker(aRunningItem());
      expect(await process(nearLimits)).toMatchObject({ kind: 'return', visibleAt: t0 + leaseMs });
      expect(stored()).toEqual(aRunningItem());
    });

    test.each([
      ['it fails', aQueuedItem({ dependents })],
      ['has succeeded already', aFailedItem({ status: 'succeeded', dependents })],
    ])(
      'wakes the dependents of a job that %s if the message is near the queue limits',
      async (_what, item) => {
        const { process, store, pointers } = orderedWorker(item);
        store.items.set(dependent.id, dependent);
        expect((await process(nearLimits)).kind).toBe('delete');
        expect(pointers.sent).toEqual([itsWake]);
      },
    );

    test('returns a message near the queue limits with a backoff if the table cannot be reached', async () => {
      const { process, store } = orderedWorker(aQueuedItem());
      store.write = () => Promise.reject(new StoreUnavailableError('no'));
      expect(await process(nearLimits)).toMatchObject({
        kind: 'return',
        why: 'processing failed',
        visibleAt: t0 + 450_000,
      });
    });
  });

  test('a worker of another queue runs the job of a message that is near the queue limits', async () => {
    const { process, stored } = spiedWorker();
    expect((await process(nearLimits)).kind).toBe('delete');
    expect(stored()?.status).toBe('succeeded');
  });

  describe('a worker that receives the message of a sleeping job of a group', () => {
    const asleep = aQueuedItem({
      status: 'waiting',
      group: 'a group',
      notBefore: t0 + 9_000,
      receiptHandle: 'older',
    });

    test('saves the new receipt handle, because a cancel cannot use the old one any more', async () => {
      const { process, stored } = orderedWorker(asleep);
      const delivery = aDelivery({ body, receiptHandle: 'newer', receiveCount: 2 });
      expect(await process(delivery)).toMatchObject({ kind: 'return', visibleAt: t0 + 9_000 });
      expect(stored()).toEqual({ ...asleep, receiptHandle: 'newer' });
    });

    test('returns the message at once if the job is canceled at the same time', async () => {
      const { process, stored, store } = orderedWorker(asleep);
      const write: typeof store.write = store.write.bind(store);
      store.write = (jobWrite) => {
        if (jobWrite.transition === 'saveReceiptHandle')
          store.items.set(jobId, { ...asleep, status: 'canceled' });
        return write(jobWrite);
      };
      expect(await process(aDelivery({ body }))).toMatchObject({ kind: 'return', visibleAt: t0 });
      expect(stored()?.status).toBe('canceled');
    });
  });
});

describe('process delivery trouble', () => {
  describe('processDelivery', () => {
    test.each([
      [1_000, 1],
      [4_000, 3],
      [120_000, 900],
    ])(
      'returns the message with a backoff of %d ms on receive %d if the table cannot be reached at the claim',
      async (delay, receiveCount) => {
        const { process } = spiedWorker({ failing: ['write claim'] });
        expect(await process(aDelivery({ receiveCount }))).toEqual({
          kind: 'return',
          why: 'processing failed',
          visibleAt: t0 + delay,
          message: aMessage(),
        });
      },
    );

    test.each([
      ['read', aRunningItem()],
      ['write saveMessage', aFailedItem({ status: 'canceled', message: undefined })],
    ])(
      'returns the message with a backoff if the call "%s" after a refused claim fails',
      async (call, item) => {
        const { process, store, stored } = spiedWorker({ failing: [call] });
        store.items.set(jobId, item);
        expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 1_000 });
        expect(stored()).toBe(item);
      },
    );

    test.each(['write succeed', 'write release'])(
      'returns the message until the lease ends if the call "%s" fails as long as it is made again',
      async (call) => {
        const counting = call === 'write release' ? throwing(new Error('no')) : undefined;
        const { process, stored, clock, calls } = spiedWorker({ failing: [call], counting });
        const processing = process();
        await clock.advance(leaseMs);
        expect(calls.filter((made) => made === call)).toHaveLength(9);
        expect(await processing).toMatchObject({
          kind: 'return',
          visibleAt: t0 + leaseMs,
          message: aMessage(),
        });
        expect(stored()?.status).toBe('running');
      },
    );

    test.each([
      ['for a moment', 4_000, { status: 'failed', attempt: 1, error: { name: 'JobTimeoutError' } }],
      ['for longer', 6_000, { status: 'queued', attempt: 0, waitedMs: 60_000 }],
    ])(
      'lets a time-out use the only attempt unless the bucket has not answered %s by then',
      async (_what, silentMs, expected) => {
        const timeMs = 50_000;
        const silent = Promise.withResolvers<number>();
        const { process, stored, clock, objects, store } = spiedWorker({
          counting: async (_payload, job) => {
            await job.pause((timeMs - silentMs) / 1000);
            const name = uploadNameFor({ tenant: job.tenant, id: jobId, now: t0 }, uploadRules);
            return { seconds: await job.object(name).size() };
          },
        });
        objects.size = () => silent.promise;
        store.items.set(jobId, aQueuedItem({ maxAttempts: 1 }));
        const processing = process();
        await clock.advance(timeMs + 2_000);
        await processing;
        expect(stored()).toMatchObject(expected);
      },
    );

    test('stores the end of the only attempt although its item is throttled for a moment', async () => {
      const failing = ['write succeed'];
      const { process, stored, clock } = spiedWorker({ failing });
      const processing = process();
      await clock.advance(2_500);
      failing.pop();
      await clock.advance(1_000);
      expect((await processing).kind).toBe('delete');
      expect(stored()).toMatchObject({ status: 'succeeded', attempt: 1, finishedAt: t0 + 3_000 });
    });
  });

  test.each(['true', '1'])(
    'processDelivery runs no job without a claim if POWERTOOLS_IDEMPOTENCY_DISABLED is %s',
    async (value) => {
      let ran = false;
      const { process: deliver, calls } = spiedWorker({
        counting: () => {
          ran = true;
          return { seconds: 1 };
        },
      });
      process.env.POWERTOOLS_IDEMPOTENCY_DISABLED = value;
      try {
        expect(await deliver()).toMatchObject({
          kind: 'return',
          why: 'processing failed',
          visibleAt: t0 + 1_000,
        });
      } finally {
        delete process.env.POWERTOOLS_IDEMPOTENCY_DISABLED;
      }
      expect(ran).toBe(false);
      expect(calls).toEqual([]);
    },
  );
});
