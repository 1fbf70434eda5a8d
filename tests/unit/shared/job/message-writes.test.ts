import { describe, expect, test } from '@jest/globals';
import { writeMessage } from '../../../../shared/job/message.ts';
import {
  claimWrite,
  failExhaustedWrite,
  failUnclaimedWrite,
  finishCancelWrite,
  saveMessageWrite,
} from '../../../../shared/job/message-writes.ts';
import { itemAfter } from '../../../fakes/item-after.ts';
import {
  aFailedItem,
  aMessage,
  anId,
  aQueuedItem,
  aRunningItem,
  dayMs,
  firstToken,
  leaseMs,
  retentionMs,
  t0,
} from '../../../fakes/samples.ts';

const message = aMessage();
const error = { name: 'SomeError', message: 'no' };
const claim = claimWrite(message, { now: t0, claimId: 'my claim', leaseMs });
const failUnclaimed = failUnclaimedWrite(message, { now: t0, retentionMs, error });

describe('a claim', () => {
  const claimed = aRunningItem({ claimId: 'my claim' });

  test('takes a queued job', async () => {
    expect(await itemAfter(claim, aQueuedItem())).toEqual(claimed);
  });

  test('creates the item that submit has not written', async () => {
    expect(await itemAfter(claim)).toEqual(claimed);
  });

  test('counts on, keeps the first start, and ends the wait', async () => {
    const before = aQueuedItem({ fencingToken: 4, attempt: 2, startedAt: t0 - 500, notBefore: t0, error });
    const item = await itemAfter(claim, before);
    expect(item).toMatchObject({ fencingToken: 5, attempt: 3, startedAt: t0 - 500, error });
    expect(item?.notBefore).toBeUndefined();
  });

  test('removes the saved message, which the queue has, and leaves its dependents and what it was admitted by', async () => {
    const untouched = { admittedBy: 'message-1', dependents: new Set('a') };
    const before = aQueuedItem({ ...untouched, status: 'waiting', message: writeMessage(message) });
    expect(await itemAfter(claim, before)).toEqual({ ...claimed, ...untouched });
  });

  test('keeps what was asked for', async () => {
    const options = { maxAttempts: 3, group: 'a group', dependsOn: [anId(1)], runAt: t0 };
    const write = claimWrite(aMessage({ options }), { now: t0, claimId: 'my claim', leaseMs });
    expect(await itemAfter(write)).toEqual({ ...claimed, ...options });
  });

  test('is refused before the time of the job', async () => {
    expect(await itemAfter(claim, aQueuedItem({ status: 'waiting', runAt: t0 + 1 }))).toBeUndefined();
    expect(await itemAfter(claim, aQueuedItem({ status: 'waiting', runAt: t0 }))).toBeDefined();
  });

  test('takes over from a worker that is gone', async () => {
    const item = await itemAfter(claim, aRunningItem({ leaseUntil: t0 }));
    expect(item).toMatchObject({
      fencingToken: firstToken + 2,
      attempt: 2,
      claimId: 'my claim',
      leaseUntil: t0 + leaseMs,
    });
    expect(item?.history).toHaveLength(2);
  });
});

describe('an ending by who does not hold the job', () => {
  const ended = {
    exhausted: [
      failExhaustedWrite(aRunningItem({ attempt: 3 }), message, { now: t0, retentionMs, error }),
      aRunningItem({ attempt: 3, leaseUntil: t0 }),
      { event: 'failed', at: t0, attempt: 3, error: 'no' },
    ],
    abandoned: [
      finishCancelWrite(aRunningItem(), message, { now: t0, retentionMs }),
      aRunningItem({ leaseUntil: t0, cancelRequested: true }),
      { event: 'canceled', at: t0, attempt: 1 },
    ],
    'given up': [failUnclaimed, aRunningItem({ leaseUntil: t0 }), { event: 'failed', at: t0, error: 'no' }],
    'given up, not due': [
      failUnclaimed,
      aQueuedItem({ notBefore: t0 + 1 }),
      { event: 'failed', at: t0, error: 'no' },
    ],
    'given up, of no item': [failUnclaimed, undefined, { event: 'failed', at: t0, error: 'no' }],
  } as const;

  test.each(Object.entries(ended))(
    '%s, saves the message and leaves no claim',
    async (_name, [write, before, told]) => {
      const item = await itemAfter(write, before);
      expect(item?.message).toBe(writeMessage(message));
      expect(item).toMatchObject({ finishedAt: t0, updatedAt: t0 });
      expect(item?.history.at(-1)).toEqual(told);
      for (const key of ['claimId', 'leaseUntil', 'notBefore', 'cancelRequested'])
        expect(item).not.toHaveProperty(key);
    },
  );

  test.each(Object.entries(ended))('%s, is kept for 15 days at least', async (_name, [write, before]) => {
    const { expiresAt = 0 } = (await itemAfter(write, before)) ?? {};
    expect(expiresAt * 1000).toBeGreaterThanOrEqual(t0 + 15 * dayMs);
    expect(expiresAt).toBe(Math.ceil((t0 + retentionMs) / 1000));
  });

  test('that creates the item counts from nothing', async () => {
    expect(await itemAfter(failUnclaimed)).toMatchObject({
      status: 'failed',
      fencingToken: firstToken,
      attempt: 0,
      error,
    });
  });

  test('keeps what was counted, and who waits', async () => {
    const counted = { fencingToken: 4, attempt: 2, dependents: new Set('a') };
    expect(await itemAfter(failUnclaimed, aQueuedItem(counted))).toMatchObject(counted);
  });
});

test('a message that saves itself changes nothing else, and does so once', async () => {
  const canceled = aFailedItem({ status: 'canceled', message: undefined });
  const write = saveMessageWrite(message, t0);
  expect(await itemAfter(write, canceled)).toEqual({ ...canceled, message: writeMessage(message) });
  expect(await itemAfter(write, { ...canceled, message: 'saved before' })).toBeUndefined();
});
