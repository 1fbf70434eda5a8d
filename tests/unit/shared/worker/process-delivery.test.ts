import { describe, expect, test } from '@jest/globals';
import { PermanentError } from '../../../../shared/job/errors.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { FixedClock, t0 } from '../../../../testkit/fakes/fixed.ts';
import {
  aDelivery,
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  jobId,
  leaseMs,
} from '../../../set-ups/samples.ts';
import { anInvocation, heartbeatMs, spiedWorker, throwing } from '../../../set-ups/worker.ts';

describe('processDelivery', () => {
  test('runs the job with two writes, and deletes the message after the outcome is stored', async () => {
    const { process, calls, store, stored } = spiedWorker();
    store.items.set(jobId, aQueuedItem());
    expect(await process()).toEqual({ kind: 'delete', why: 'the job is succeeded' });
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
    const { process, stored } = spiedWorker({ countdown: throwing(new PermanentError('no')) });
    expect(await process()).toEqual({ kind: 'delete', why: 'the job is failed' });
    expect(stored()).toMatchObject({ status: 'failed', error: { name: 'PermanentError', message: 'no' } });
  });

  test('returns the message with a backoff if the attempt fails and attempts are left', async () => {
    const { process, calls, stored } = spiedWorker({ countdown: throwing(new Error('no')) });
    expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 1_000, message: aMessage() });
    expect(calls).toEqual(['write claim', 'write release']);
    expect(stored()).toMatchObject({ status: 'queued', notBefore: t0 + 1_000, attempt: 1 });
  });

  test('returns the message of a job of an unknown type, which a newer worker may know', async () => {
    const { process, stored } = spiedWorker();
    const body = writeMessage(aMessage({ type: 'unknown-type' }));
    expect(await process(aDelivery({ body }))).toMatchObject({ kind: 'return', visibleAt: t0 + 1_000 });
    expect(stored()).toMatchObject({ status: 'queued', error: { name: 'UnknownJobTypeError' } });
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

  const csv = aDelivery({ body: writeMessage(aMessage({ type: 'csv-aggregate' })) });

  test.each([
    ['of an unknown type', unknown],
    ['of the long queue that can be handed over', aDelivery()],
    ['of the standard queue that can be handed over', csv],
  ])('returns the message of a job %s if less than a second is left', async (_what, delivery) => {
    const { process, calls, clock } = spiedWorker();
    const invocation = anInvocation(clock, 60_000);
    await clock.advance(49_001);
    const disposition = await process(delivery, invocation);
    expect(disposition).toMatchObject({ kind: 'return', why: 'too little time is left' });
    expect(calls).toEqual([]);
  });

  test.each([
    ['of an unknown type', unknown],
    ['of the long queue that can be handed over', aDelivery()],
    ['of the standard queue that can be handed over', csv],
  ])('claims a job %s if a second is left', async (_what, delivery) => {
    const { process, calls, clock } = spiedWorker();
    const invocation = anInvocation(clock, 60_000);
    await clock.advance(49_000);
    await process(delivery, invocation);
    expect(calls[0]).toBe('write claim');
  });

  test('claims a job that needs more time than a whole invocation has if half of the invocation is left', async () => {
    const { process, calls, clock } = spiedWorker();
    const invocation = anInvocation(clock, 900);
    await clock.advance(300);
    await process(unknown, invocation);
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
