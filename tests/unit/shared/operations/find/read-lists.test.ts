import { expect, test } from '@jest/globals';
import { LimitExceededError } from '../../../../../shared/domain/access/limit-error.ts';
import type { BatchRoot } from '../../../../../shared/domain/children/batch.ts';
import { countBatch } from '../../../../../shared/operations/find/list-children.ts';
import { readLists } from '../../../../../shared/operations/find/read-lists.ts';
import { RecentCounts } from '../../../../../shared/operations/find/recent-counts.ts';
import { inMemoryBatches } from '../../../../../testkit/fakes/in-memory-batches.ts';
import { aRoot } from '../../../../set-ups/samples.ts';
import { aDoor } from '../../../../set-ups/tenant-door.ts';

/** Lists of which each call costs so many units. */
function aStage(readUnitsPerMinute: number | 'none', units: number) {
  const { door, clock, rates } = aDoor({ readUnitsPerMinute });
  const list = {
    find: async () => ({ items: [], units }),
    read: async () => ({ items: [], newer: [], units }),
  };
  const query = { list: 'all', key: 'a list', since: '', below: '~', limit: 1 } as const;
  const errorGroups = { find: async () => ({ groups: [], newer: [], units }) };
  const batches = inMemoryBatches();
  const deps = { list, errorGroups, batches, counts: new RecentCounts({ batches, clock }), door };
  /** A page of children as the API reads it, after a look at their count. */
  const readChildren = (root: BatchRoot) =>
    readLists(
      'a tenant',
      async ({ batches: counted, counts }) => {
        await counted.read(root.batch);
        await countBatch(root, { counts });
        await counted.shards(root.batch, root.round, [0, 1]);
      },
      deps,
    );
  const read = () =>
    readLists(
      'a tenant',
      async (counted) => [await counted.list.find(query), await counted.list.read([])].length,
      deps,
    );
  const readErrors = () =>
    readLists('a tenant', (counted) => counted.errorGroups.find({ tenant: 'a tenant', limit: 1 }), deps);
  return { read, readErrors, readChildren, clock, rates, door };
}

test('what lists have cost is counted after it was read, and closes them for a while', async () => {
  const { read, clock, door } = aStage(10, 3.5);
  expect(await read()).toBe(2);
  expect(await door.look('a tenant')).toEqual({ readUnitsPerMinute: { max: 10, remaining: 3 } });
  await read();
  await expect(read()).rejects.toThrow(
    'The tenant has used up its limit `readUnitsPerMinute`, which is 10. Try again after 30 seconds.',
  );
  await clock.advance(30_000);
  await read();
  await expect(read()).rejects.toThrow(LimitExceededError);
});

test('each part of a batch of children counts that is read, and none that was counted a moment ago', async () => {
  const { readChildren, door, clock } = aStage(1_000, 0);
  const root = aRoot({ count: 50_000, shardSize: 100 });
  const left = async () => (await door.look('a tenant'))?.readUnitsPerMinute?.remaining;
  await readChildren(root);
  expect(await left()).toBe(1_000 - 503);
  await readChildren(root);
  expect(await left()).toBe(1_000 - 506);
  await clock.advance(2_000);
  await readChildren({ ...root, count: 100_000 });
  await expect(readChildren(root)).rejects.toThrow(LimitExceededError);
});

test('groups of errors count, too', async () => {
  const { readErrors, door } = aStage(10, 3.5);
  await readErrors();
  expect(await door.look('a tenant')).toEqual({ readUnitsPerMinute: { max: 10, remaining: 6 } });
});

test('one dear page closes them for two windows at most', async () => {
  const { read, clock } = aStage(10, 500);
  await read();
  await expect(read()).rejects.toThrow('Try again after 66 seconds.');
  await clock.advance(66_000);
  await read();
});

test('without the limit nothing is asked', async () => {
  const { read, rates } = aStage('none', 5);
  rates.read = rates.charge = async () => {
    throw new Error('asked');
  };
  expect(await read()).toBe(2);
});
