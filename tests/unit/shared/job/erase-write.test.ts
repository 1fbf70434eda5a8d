import { describe, expect, test } from '@jest/globals';
import { eraseWrite, retryWrite, reviveWrite } from '../../../../shared/job/control-writes.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import type { JobWrite } from '../../../../shared/job/job-write.ts';
import {
  claimWrite,
  failLateWrite,
  failUnclaimedWrite,
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
  ids,
  jobId,
  leaseMs,
  retentionMs,
} from '../../../set-ups/samples.ts';

/** Whatever an item may have. */
const full = (status: 'succeeded' | 'failed' | 'canceled'): JobItem => ({
  ...aFailedItem({ status, failedKey: 'a key' }),
  claimId: 'a claim',
  leaseUntil: t0,
  inCompany: true,
  notBefore: t0,
  cancelRequested: true,
  progress: { percent: 50, message: 'secret' },
  result: '"secret"',
  checkpoint: '"secret"',
  slices: 4,
  group: 'secret',
  dependsOn: [anId(1)],
  runAt: t0,
  startBefore: t0,
  mayStartLate: true,
  tags: ['secret'],
  dependents: ids(3),
  admittedBy: 'a message',
  receiptHandle: 'a handle',
  messageObject: 'messages/secret',
  startedAt: t0,
  history: [{ event: 'failed', at: t0, attempt: 1, error: 'secret' }],
});

describe('the erase write', () => {
  test.each(['succeeded', 'failed', 'canceled'] as const)(
    'leaves nothing of a job that is %s, but that it has ended, and how',
    async (status) => {
      const before = full(status);
      expect(await itemAfter(eraseWrite(before, t0), before)).toEqual({
        id: jobId,
        version: 1,
        tenant: '',
        type: '',
        status,
        run: 1,
        fingerprint: 'erased',
        fencingToken: 3,
        attempt: 3,
        maxAttempts: 3,
        history: [],
        erased: true,
        createdAt: before.createdAt,
        updatedAt: t0,
        finishedAt: before.finishedAt,
        expiresAt: before.expiresAt,
      });
    },
  );

  test.each([
    ['is queued', aQueuedItem()],
    ['is waiting', aQueuedItem({ status: 'waiting' })],
    ['is running', aRunningItem()],
    ['was retried and has failed again since it was read', aFailedItem({ updatedAt: 7 })],
    ['has its message in an object since it was read', aFailedItem({ messageObject: 'messages/a' })],
  ])('is refused for a job that %s', async (_what, item) => {
    const read = item.status === 'failed' ? aFailedItem() : item;
    expect(await itemAfter(eraseWrite(read, t0), item)).toBeUndefined();
  });
});

describe('a late copy of the message of an erased job', () => {
  const message = aMessage();
  const end = { now: t0, retentionMs, error: { name: 'SomeError', message: 'no' } };
  const read = aFailedItem({ status: 'canceled', message: undefined });
  const writes: Record<string, JobWrite> = {
    'a claim': claimWrite(message, { now: t0, claimId: 'this claim', leaseMs }),
    'a retry': retryWrite(read, t0),
    'a revival': reviveWrite(read, t0),
    'the saving of its message': saveMessageWrite(message, t0),
    'its failure': failUnclaimedWrite(message, end),
    'its failure since it is late': failLateWrite(message, end),
  };

  test.each(Object.entries(writes))('leads to no write: %s', async (_what, write) => {
    for (const status of ['canceled', 'failed', 'succeeded'] as const) {
      const before = aFailedItem({ status, message: undefined });
      const erased = await itemAfter(eraseWrite(before, before.updatedAt), before);
      expect(erased?.erased).toBe(true);
      expect(await itemAfter(write, erased)).toBeUndefined();
    }
  });
});
