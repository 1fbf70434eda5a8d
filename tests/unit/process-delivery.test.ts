import { describe, expect, test } from '@jest/globals';
import { writeMessage } from '../../shared/contracts/job-message.ts';
import { PermanentError } from '../../shared/errors.ts';
import {
  aDelivery,
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  jobId,
  leaseMs,
  t0,
} from '../fakes/samples.ts';
import { anInvocation, spiedWorker } from '../fakes/worker.ts';

const throwing = (error: Error) => (): never => {
  throw error;
};

describe('a delivery', () => {
  test('of a job costs two writes, and the message is deleted when the outcome is stored', async () => {
    const { process, calls, store, stored } = spiedWorker();
    store.items.set(jobId, aQueuedItem());
    expect(await process()).toEqual({ kind: 'delete', why: 'the job is finished' });
    expect(calls).toEqual(['write claim', 'write succeed']);
    expect(stored()).toMatchObject({ status: 'succeeded', result: '{"seconds":0}', attempt: 1 });
  });

  test('of a job that fails for good is over, too', async () => {
    const { process, stored } = spiedWorker({ countdown: throwing(new PermanentError('no')) });
    expect(await process()).toEqual({ kind: 'delete', why: 'the job is finished' });
    expect(stored()).toMatchObject({ status: 'failed', error: { name: 'PermanentError', message: 'no' } });
  });

  test('of a job that fails for now comes back when the backoff is over', async () => {
    const { process, calls, stored } = spiedWorker({ countdown: throwing(new Error('no')) });
    expect(await process()).toMatchObject({ kind: 'keep', visibleAt: t0 + 1_000, message: aMessage() });
    expect(calls).toEqual(['write claim', 'write release']);
    expect(stored()).toMatchObject({ status: 'queued', notBefore: t0 + 1_000, attempt: 1 });
  });

  test('of a job of a type that only a newer worker knows comes back', async () => {
    const { process, stored } = spiedWorker();
    const body = writeMessage(aMessage({ type: 'of-tomorrow' }));
    expect(await process(aDelivery({ body }))).toMatchObject({ kind: 'keep', visibleAt: t0 + 1_000 });
    expect(stored()).toMatchObject({ status: 'queued', error: { name: 'UnknownJobTypeError' } });
  });

  test.each([
    ['leased', aRunningItem(), { kind: 'keep', visibleAt: t0 + leaseMs }],
    ['not due', aQueuedItem({ notBefore: t0 + 9 }), { kind: 'keep', visibleAt: t0 + 9 }],
    ['finished', aFailedItem(), { kind: 'delete' }],
  ])('of a job that is %s does not run it', async (_what, item, fate) => {
    const { process, calls, store, stored } = spiedWorker();
    store.items.set(jobId, item);
    expect(await process()).toMatchObject(fate);
    expect(calls).toEqual(['write claim', 'read']);
    expect(stored()).toBe(item);
  });
});

describe('an unreadable message', () => {
  test.each(['not JSON', '{}', 'null', writeMessage(aMessage({ run: 0 }))])(
    'like %s is put aside',
    async (body) => {
      const { process, queue, calls } = spiedWorker();
      expect((await process(aDelivery({ body }))).kind).toBe('delete');
      expect(queue.buried).toEqual([{ body, reason: expect.any(String) }]);
      expect(calls).toEqual(['bury']);
    },
  );

  test('stays in its queue if it cannot be put aside, until its visibility ends', async () => {
    const { process, queue } = spiedWorker();
    queue.failing.add('bury');
    const fate = await process(aDelivery({ body: '?' }));
    expect(fate).toMatchObject({ kind: 'keep', visibleAt: undefined, message: undefined });
  });
});

describe('the time that is left', () => {
  test.each([
    ['countdown', 45_000 + 10_000],
    ['csv-aggregate', 30_000 + 10_000],
    ['of-tomorrow', 11_000],
  ])(
    'has to suffice for the contract of %s and for answering: else the message is given back at once',
    async (type, needed) => {
      const delivery = aDelivery({ body: writeMessage(aMessage({ type })) });
      const { process, calls, clock } = spiedWorker();
      const fate = await process(delivery, anInvocation(clock, needed - 1));
      expect(fate).toMatchObject({ kind: 'keep', why: 'too little time is left', visibleAt: t0 });
      expect(calls).toEqual([]);
      await process(delivery, anInvocation(clock, needed));
      expect(calls[0]).toBe('write claim');
    },
  );
});
