import { describe, expect, test } from '@jest/globals';
import { writeMessage } from '../../../../shared/job/message.ts';
import {
  claimWrite,
  failExhaustedWrite,
  failUnclaimedWrite,
  finishCancelWrite,
  saveMessageWrite,
} from '../../../../shared/job/message-writes.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { itemAfter } from '../../../set-ups/item-after.ts';
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
} from '../../../set-ups/samples.ts';

const message = aMessage();
const error = { name: 'SomeError', message: 'no' };
const claim = claimWrite(message, { now: t0, claimId: 'this claim', leaseMs });
const failUnclaimed = failUnclaimedWrite(message, { now: t0, retentionMs, error });

describe('the claim write', () => {
  const claimed = aRunningItem({ claimId: 'this claim' });

  test('claims a queued job', async () => {
    expect(await itemAfter(claim, aQueuedItem())).toEqual(claimed);
  });

  test('creates the item if submit has not written it', async () => {
    expect(await itemAfter(claim)).toEqual(claimed);
  });

  test('increments the fencing token and the attempt, keeps the first start time, and removes notBefore', async () => {
    const before = aQueuedItem({ fencingToken: 4, attempt: 2, startedAt: t0 - 500, notBefore: t0, error });
    const item = await itemAfter(claim, before);
    expect(item).toMatchObject({ fencingToken: 5, attempt: 3, startedAt: t0 - 500, error });
    expect(item?.notBefore).toBeUndefined();
  });

  test('removes the saved message, and keeps the dependents and the id of the message that admitted the job', async () => {
    const untouched = { admittedBy: 'message-1', dependents: new Set('a') };
    const before = aQueuedItem({ ...untouched, status: 'waiting', message: writeMessage(message) });
    expect(await itemAfter(claim, before)).toEqual({ ...claimed, ...untouched });
  });

  test('stores the options of the message in the item that it creates', async () => {
    const options = { maxAttempts: 3, group: 'a group', dependsOn: [anId(1)], runAt: t0 };
    const write = claimWrite(aMessage({ options }), { now: t0, claimId: 'this claim', leaseMs });
    expect(await itemAfter(write)).toEqual({ ...claimed, ...options });
  });

  test('is refused before the start time of the job', async () => {
    expect(await itemAfter(claim, aQueuedItem({ status: 'waiting', runAt: t0 + 1 }))).toBeUndefined();
    expect(await itemAfter(claim, aQueuedItem({ status: 'waiting', runAt: t0 }))).toBeDefined();
  });

  test('takes the job over from a worker whose lease has expired', async () => {
    const item = await itemAfter(claim, aRunningItem({ leaseUntil: t0 }));
    expect(item).toMatchObject({
      fencingToken: firstToken + 2,
      attempt: 2,
      claimId: 'this claim',
      leaseUntil: t0 + leaseMs,
    });
    expect(item?.history).toHaveLength(2);
  });
});

describe('a write that ends a job without a lease', () => {
  const endWrites = {
    'a job without attempts left': [
      failExhaustedWrite(aRunningItem({ attempt: 3 }), message, { now: t0, retentionMs, error }),
      aRunningItem({ attempt: 3, leaseUntil: t0 }),
      { event: 'failed', at: t0, attempt: 3, error: 'no' },
    ],
    'a job with a requested cancel': [
      finishCancelWrite(aRunningItem(), message, { now: t0, retentionMs }),
      aRunningItem({ leaseUntil: t0, cancelRequested: true }),
      { event: 'canceled', at: t0, attempt: 1 },
    ],
    'a job whose lease has expired': [
      failUnclaimed,
      aRunningItem({ leaseUntil: t0 }),
      { event: 'failed', at: t0, error: 'no' },
    ],
    'a job that is not due': [
      failUnclaimed,
      aQueuedItem({ notBefore: t0 + 1 }),
      { event: 'failed', at: t0, error: 'no' },
    ],
    'a job without an item': [failUnclaimed, undefined, { event: 'failed', at: t0, error: 'no' }],
  } as const;

  test.each(Object.entries(endWrites))(
    'saves the message and removes the attributes of the claim, for %s',
    async (_name, [write, before, entry]) => {
      const item = await itemAfter(write, before);
      expect(item?.message).toBe(writeMessage(message));
      expect(item).toMatchObject({ finishedAt: t0, updatedAt: t0 });
      expect(item?.history.at(-1)).toEqual(entry);
      for (const key of ['claimId', 'leaseUntil', 'notBefore', 'cancelRequested'])
        expect(item).not.toHaveProperty(key);
    },
  );

  test.each(Object.entries(endWrites))(
    'keeps the item for at least 15 days, for %s',
    async (_name, [write, before]) => {
      const { expiresAt = 0 } = (await itemAfter(write, before)) ?? {};
      expect(expiresAt * 1000).toBeGreaterThanOrEqual(t0 + 15 * dayMs);
      expect(expiresAt).toBe(Math.ceil((t0 + retentionMs) / 1000));
    },
  );

  test('sets the fencing token and the attempt to 0 in an item that it creates', async () => {
    expect(await itemAfter(failUnclaimed)).toMatchObject({
      status: 'failed',
      fencingToken: firstToken,
      attempt: 0,
      error,
    });
  });

  test('keeps the fencing token, the attempt and the dependents of an existing item', async () => {
    const counted = { fencingToken: 4, attempt: 2, dependents: new Set('a') };
    expect(await itemAfter(failUnclaimed, aQueuedItem(counted))).toMatchObject(counted);
  });
});

test('the saveMessage write changes nothing but the message, and is refused if a message is saved already', async () => {
  const canceled = aFailedItem({ status: 'canceled', message: undefined });
  const write = saveMessageWrite(message, t0);
  expect(await itemAfter(write, canceled)).toEqual({ ...canceled, message: writeMessage(message) });
  expect(await itemAfter(write, { ...canceled, message: 'saved before' })).toBeUndefined();
});
