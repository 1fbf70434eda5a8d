import { describe, expect, test } from '@jest/globals';
import { PermanentError } from '../../../../shared/job/errors.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { FixedClock } from '../../../fakes/fixed.ts';
import {
  aDelivery,
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  jobId,
  leaseMs,
  t0,
} from '../../../fakes/samples.ts';
import { anInvocation, heartbeatMs, spiedWorker } from '../../../fakes/worker.ts';

const throwing = (error: Error) => (): never => {
  throw error;
};

describe('a delivery', () => {
  test('of a job costs two writes, and the message is deleted when the outcome is stored', async () => {
    const { process, calls, store, stored } = spiedWorker();
    store.items.set(jobId, aQueuedItem());
    expect(await process()).toEqual({ kind: 'delete', why: 'the job is succeeded' });
    expect(calls).toEqual(['write claim', 'write succeed']);
    expect(stored()).toMatchObject({ status: 'succeeded', result: '{"seconds":0}', attempt: 1 });
  });

  test('of a job leaves no heart beating', async () => {
    const { process, calls, clock } = spiedWorker();
    await process();
    await clock.advance(10 * heartbeatMs);
    expect(calls).toEqual(['write claim', 'write succeed']);
  });

  test('of a job that fails for good is over, too', async () => {
    const { process, stored } = spiedWorker({ countdown: throwing(new PermanentError('no')) });
    expect(await process()).toEqual({ kind: 'delete', why: 'the job is failed' });
    expect(stored()).toMatchObject({ status: 'failed', error: { name: 'PermanentError', message: 'no' } });
  });

  test('of a job that fails for now comes back when the backoff is over', async () => {
    const { process, calls, stored } = spiedWorker({ countdown: throwing(new Error('no')) });
    expect(await process()).toMatchObject({ kind: 'return', visibleAt: t0 + 1_000, message: aMessage() });
    expect(calls).toEqual(['write claim', 'write release']);
    expect(stored()).toMatchObject({ status: 'queued', notBefore: t0 + 1_000, attempt: 1 });
  });

  test('of a job of a type that only a newer worker knows comes back', async () => {
    const { process, stored } = spiedWorker();
    const body = writeMessage(aMessage({ type: 'of-tomorrow' }));
    expect(await process(aDelivery({ body }))).toMatchObject({ kind: 'return', visibleAt: t0 + 1_000 });
    expect(stored()).toMatchObject({ status: 'queued', error: { name: 'UnknownJobTypeError' } });
  });

  test.each([
    ['leased', aRunningItem(), { kind: 'return', visibleAt: t0 + leaseMs }],
    ['not due', aQueuedItem({ notBefore: t0 + 9 }), { kind: 'return', visibleAt: t0 + 9 }],
    ['finished', aFailedItem(), { kind: 'delete' }],
  ])('of a job that is %s does not run it', async (_what, item, disposition) => {
    const { process, calls, store, stored } = spiedWorker();
    store.items.set(jobId, item);
    expect(await process()).toMatchObject(disposition);
    expect(calls).toEqual(['write claim', 'read']);
    expect(stored()).toBe(item);
  });
});

describe('a message that its queue hides for much longer than a lease', () => {
  test('is hidden for a lease and a second before its job is claimed, so that a crash is noticed', async () => {
    const { process, calls, queue } = spiedWorker({ changeVisibilityBeforeClaim: true });
    await process();
    expect(calls).toEqual(['changeVisibility', 'write claim', 'write succeed']);
    expect(queue.visibilityChanges).toEqual([{ receiptHandle: 'receipt-1', seconds: 61 }]);
  });

  test('is worked off all the same if that fails', async () => {
    const { process, queue, stored } = spiedWorker({ changeVisibilityBeforeClaim: true });
    queue.failing.add('changeVisibility');
    expect((await process()).kind).toBe('delete');
    expect(stored()?.status).toBe('succeeded');
  });
});

describe('an unreadable message', () => {
  test.each(['not JSON', '{}', 'null', writeMessage(aMessage({ run: 0 }))])(
    'like %s is put aside',
    async (body) => {
      const { process, queue, calls } = spiedWorker();
      expect((await process(aDelivery({ body }))).kind).toBe('delete');
      expect(queue.quarantined).toEqual([{ body, reason: expect.any(String) }]);
      expect(calls).toEqual(['quarantine']);
    },
  );

  test('stays in its queue if it cannot be put aside, and comes again after a backoff', async () => {
    const { process, queue } = spiedWorker();
    queue.failing.add('quarantine');
    expect(await process(aDelivery({ body: '?' }))).toEqual({
      kind: 'return',
      why: 'processing failed',
      visibleAt: t0 + 1_000,
    });
  });
});

describe('the time that is left', () => {
  const unknown = aDelivery({ body: writeMessage(aMessage({ type: 'of-tomorrow' })) });

  const csv = aDelivery({ body: writeMessage(aMessage({ type: 'csv-aggregate' })) });

  test.each([
    ['has to suffice for a job that cannot be handed over', unknown],
    ['may be a second only for a job that can be', aDelivery()],
    ['may be a second only for such a job of any queue', csv],
  ])('%s: else the message is given back after a backoff', async (_what, delivery) => {
    const { process, calls, clock } = spiedWorker();
    const invocation = anInvocation(clock, 60_000);
    await clock.advance(49_001);
    const disposition = await process(delivery, invocation);
    expect(disposition).toMatchObject({ kind: 'return', why: 'too little time is left' });
    expect(calls).toEqual([]);
  });

  test.each([unknown, aDelivery(), csv])('of a second is enough for them', async (delivery) => {
    const { process, calls, clock } = spiedWorker();
    const invocation = anInvocation(clock, 60_000);
    await clock.advance(49_000);
    await process(delivery, invocation);
    expect(calls[0]).toBe('write claim');
  });

  test('of a whole invocation is enough for any job: no other would have more', async () => {
    const { process, calls, clock } = spiedWorker();
    const invocation = anInvocation(clock, 900);
    await clock.advance(300);
    await process(unknown, invocation);
    expect(calls[0]).toBe('write claim');
  });

  test.each([
    [5_000, 4_000],
    [60_000, 50_000],
    [900_000, 890_000],
  ])('of %d ms ends %d ms on: the rest is for storing outcomes and answering', (remainingMs, usable) => {
    expect(anInvocation(new FixedClock(), remainingMs).deadline).toBe(t0 + usable);
  });
});
