import { describe, expect, test } from '@jest/globals';
import type { JobItem } from '../../../../../../shared/domain/state/job/item.ts';
import {
  childListKeysOf,
  failedKeys,
  failedKeysOf,
  listKeyOf,
  listKeys,
  listPositionOf,
  shardOf,
} from '../../../../../../shared/domain/state/job/list-keys.ts';
import { deferWrite } from '../../../../../../shared/domain/state/writes/admission-writes.ts';
import { retryWrite } from '../../../../../../shared/domain/state/writes/control-writes.ts';
import { outcomeWrite } from '../../../../../../shared/domain/state/writes/holder-writes.ts';
import type { JobWrite } from '../../../../../../shared/domain/state/writes/job-write.ts';
import {
  claimWrite,
  failExhaustedWrite,
  failLateWrite,
  failUnclaimedWrite,
  submitWrite,
} from '../../../../../../shared/domain/state/writes/message-writes.ts';
import { t0 } from '../../../../../../testkit/fakes/fixed.ts';
import { itemAfter } from '../../../../../set-ups/item-after.ts';
import {
  aFailedItem,
  aLease,
  aMessage,
  anId,
  aQueuedItem,
  aRunningItem,
  by,
  itsListKey,
  itsListPosition,
  jobId,
  leaseMs,
  retentionMs,
} from '../../../../../set-ups/samples.ts';

describe("the key of a tenant's list", () => {
  test.each(['', 'a tenant', 'ü€🎈/.#', 'x'.repeat(100_000), '\u0000'])(
    'is short for every tenant',
    (tenant) => {
      expect(listKeyOf(tenant, 12)).toMatch(/^[\w-]{22}\.12$/);
    },
  );

  test('is another one for another tenant and for another shard', () => {
    const long = 'x'.repeat(100_000);
    const keys = ['', 'a', 'A', ' a', long, `${long}x`].flatMap((tenant) => [
      listKeyOf(tenant, 0),
      listKeyOf(tenant, 1),
    ]);
    expect(new Set(keys).size).toBe(12);
  });
});

describe('the position of a job', () => {
  test('sorts as the times do, and then as the ids do', () => {
    const times = [0, 1, 999, t0, t0 + 1, Date.UTC(2286, 0)];
    const positions = times.flatMap((at) => [listPositionOf(at, anId(1)), listPositionOf(at, anId(2))]);
    expect([...positions].sort()).toEqual(positions);
  });

  test('comes after that of its time alone, and before the next', () => {
    expect(listPositionOf(t0, '') < listPositionOf(t0, jobId)).toBe(true);
    expect(listPositionOf(t0, jobId) < listPositionOf(t0 + 1, '')).toBe(true);
  });
});

test('the keys come from the message: tenant, shard, time of submission and id', () => {
  const message = aMessage({ shard: 3 });
  const key = itsListKey.replace('.0', '.3');
  expect(listKeys(message)).toEqual({ listKey: key, listPosition: itsListPosition });
  expect(failedKeys(message)).toEqual({ failedKey: key });
});

describe('a child', () => {
  const parent = { id: anId(7), batch: anId(8), index: 0, shard: 0, depth: 1 };
  const plain = aMessage({ parent });
  const tagged = aMessage({ parent, options: { ...plain.options, tags: ['customer 217'] } });

  test('is in no list, and with its failure among the failed jobs', () => {
    expect(listKeys(plain)).toEqual({});
    expect(failedKeys(plain)).toEqual({ failedKey: itsListKey, listPosition: itsListPosition });
  });

  test('with tags has a place in a list of those, where it stays when it has failed in a later round', () => {
    const { listKey } = listKeys(tagged);
    expect(listKeys(tagged)).toEqual({ listKey: expect.any(String), listPosition: itsListPosition });
    expect(childListKeysOf(tagged.tenant)).toContain(listKey);
    expect(failedKeys({ ...tagged, submittedAt: t0 + 9 })).toEqual({ failedKey: itsListKey });
  });

  test.each([
    ['without tags', plain],
    ['with tags', tagged],
  ])('%s whose message is lost is among the failed jobs, too', (_which, message) => {
    const item = { ...message, createdAt: message.submittedAt, ...listKeys(message) };
    expect(failedKeysOf(item)).toEqual({ failedKey: itsListKey, listPosition: itsListPosition });
  });
});

test.each([1, 2, 7])('the ids of jobs are spread over %d shards', (shards) => {
  const counts = Array.from({ length: shards }, () => 0);
  for (let number = 0; number < 700; number += 1) {
    const shard = shardOf(anId(number), shards);
    counts[shard] = (counts[shard] ?? 0) + 1;
  }
  for (const count of counts) expect(count).toBeGreaterThan(700 / shards / 2);
});

const message = aMessage();
/** Submitted again with the same key: later, and by code that shards the list in another way. */
const again = aMessage({ submittedAt: t0 + 9, shard: 1 });
const end = { now: t0, retentionMs, error: { name: 'SomeError', message: 'no' } };
const creations: Record<string, (message: typeof again, item?: JobItem) => JobWrite> = {
  submit: submitWrite,
  claim: (of) => claimWrite(of, { now: t0 + 10, claimId: 'this claim', leaseMs }),
  defer: (of) => deferWrite(of, t0 + 9, t0),
  failUnclaimed: (of, item) => failUnclaimedWrite(of, { ...end, item }),
  failLate: (of, item) => failLateWrite(of, { ...end, item }),
};

describe.each(Object.entries(creations))('the place in the list, with the write "%s",', (name, writeOf) => {
  test('is stored if the write creates the item', async () => {
    const place = { listKey: itsListKey, listPosition: itsListPosition };
    expect(await itemAfter(writeOf(message))).toMatchObject(place);
  });

  test('stays as it is if there is an item', async () => {
    const before = aQueuedItem();
    const after = await itemAfter(writeOf(again, before), before);
    if (name === 'submit') expect(after).toBeUndefined();
    else expect(after).toMatchObject({ listKey: itsListKey, listPosition: itsListPosition });
  });
});

describe('a job is in the list of failed jobs', () => {
  const failures: Record<string, readonly [JobWrite, JobItem]> = {
    'if its last attempt failed': [
      outcomeWrite(aLease(aRunningItem()), { kind: 'failed', error: end.error }, end),
      aRunningItem(),
    ],
    'if its last worker is gone': [
      failExhaustedWrite(aRunningItem({ attempt: 3 }), message, end),
      aRunningItem({ attempt: 3, leaseUntil: t0 }),
    ],
    'if no worker will run it': [failUnclaimedWrite(message, { ...end, item: aQueuedItem() }), aQueuedItem()],
    'if it did not start in time': [failLateWrite(message, { ...end, item: aQueuedItem() }), aQueuedItem()],
  };

  test.each(Object.entries(failures))('%s', async (_what, [write, before]) => {
    expect(await itemAfter(write, before)).toMatchObject({ status: 'failed', failedKey: itsListKey });
  });

  test('no more when it was retried', async () => {
    const failed = aFailedItem();
    expect(failed.failedKey).toBe(itsListKey);
    expect(await itemAfter(retryWrite(failed, t0, by), failed)).not.toHaveProperty('failedKey');
  });

  test.each([{ kind: 'succeeded', result: '1' }, { kind: 'canceled' }] as const)(
    'not if it has $kind',
    async (outcome) => {
      const after = await itemAfter(outcomeWrite(aLease(aRunningItem()), outcome, end), aRunningItem());
      expect(after).not.toHaveProperty('failedKey');
    },
  );
});
