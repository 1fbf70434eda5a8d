import { describe, expect, test } from '@jest/globals';
import { JobNotFoundError, NotFoundError } from '../../../../../shared/domain/base/errors.ts';
import {
  type BatchRoot,
  batchIdOf,
  childIdOf,
  maxChildren,
  usualShardSize,
} from '../../../../../shared/domain/children/batch.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';

import { listBatches, listChildren } from '../../../../../shared/operations/find/list-children.ts';
import { RecentCounts } from '../../../../../shared/operations/find/recent-counts.ts';

import { FixedClock } from '../../../../../testkit/fakes/fixed.ts';
import { inMemoryBatches } from '../../../../../testkit/fakes/in-memory-batches.ts';
import { InMemoryJobList } from '../../../../../testkit/fakes/in-memory-job-list.ts';
import { InMemoryJobStore } from '../../../../../testkit/fakes/in-memory-job-store.ts';
import { withChildren } from '../../../../set-ups/family.ts';
import {
  aFailedItem,
  anId,
  aQueuedItem,
  aRoot,
  aRunningItem,
  aStart,
  jobId,
  newerVersion,
} from '../../../../set-ups/samples.ts';

/** A job and its batches. */
function listing(item: JobItem | undefined = aQueuedItem()) {
  const store = new InMemoryJobStore();
  const batches = inMemoryBatches();
  store.items.set(item.id, item);
  const which = { id: jobId, tenant: 'a tenant' };
  /** Makes a batch of 250 children, none of which was sent. */
  async function spawned(over: Partial<BatchRoot> = {}): Promise<BatchRoot> {
    const key = over.key ?? aRoot().key;
    const root = aRoot({ batch: batchIdOf(jobId, key), ...over });
    await batches.create(root);
    const before = store.items.get(jobId) ?? item;
    store.items.set(jobId, { ...before, batches: new Set([...(before.batches ?? []), root.batch]) });
    return root;
  }
  async function shard({ batch, round }: BatchRoot, number: number, ended: number, unsuccessful = 0) {
    const place = { batch, round, shard: number };
    const size = usualShardSize;
    await batches.createShard({ ...place, version: 2, tenant: 'a tenant', size, expiresAt: 1 });
    const indexes = Array.from({ length: ended }, (_, at) => number * size + at);
    await batches.add({
      ...place,
      ended: indexes,
      unsuccessful: indexes.slice(0, unsuccessful),
      expiresAt: 1,
    });
  }
  /** The numbers of the shards that were read. */
  const reads: number[] = [];
  /** Each sees its count at once. */
  const deps = () => {
    const counts = new RecentCounts({ batches, clock: new FixedClock() });
    const recorded = {
      read: (batch: string) => batches.read(batch),
      shards: (...[batch, round, shards]: Parameters<typeof batches.shards>) => {
        reads.push(...shards);
        return batches.shards(batch, round, shards);
      },
    };
    const list = new InMemoryJobList(store.items);
    return { store, batches: recorded, counts, list, clock: new FixedClock() };
  };
  const list = (asked = which) => listBatches(asked, deps());
  const page = (over: Partial<Parameters<typeof listChildren>[1]> = {}, asked = which) =>
    listChildren(asked, { key: aRoot().key, after: -1, ...over }, deps());

  const put = (child: JobItem) => store.items.set(child.id, child);
  return { store, batches, spawned, shard, list, page, put, reads };
}

describe('listBatches', () => {
  test('lists nothing for a job without children', async () => {
    expect(await listing().list()).toEqual([]);
  });

  test('is a JobNotFoundError for no job, one of another tenant, and an erased one', async () => {
    const { list } = listing();
    await expect(list({ id: jobId, tenant: 'another' })).rejects.toThrow(JobNotFoundError);
    await expect(list({ id: anId(7), tenant: 'a tenant' })).rejects.toThrow(JobNotFoundError);
    await expect(listing(aQueuedItem({ erased: true })).list()).rejects.toThrow(JobNotFoundError);
  });

  test('adds up the shards; one that is not there has no end', async () => {
    const { spawned, shard, list } = listing();
    const root = await spawned();
    expect(await list()).toMatchObject([{ count: 250, ended: 0, unsuccessful: 0 }]);
    await shard(root, 0, 100, 3);
    await shard(root, 1, 7, 1);
    expect(await list()).toEqual([
      { key: root.key, type: 'counting', count: 250, ended: 107, unsuccessful: 4 },
    ]);
  });

  test('counts the round that runs: what has succeeded before it, and no failure of one before', async () => {
    const { batches, spawned, shard, list } = listing();
    const root = await spawned();
    await shard(root, 0, 100);
    await shard(root, 1, 100, 2);
    await shard({ ...root, round: 2 }, 1, 98);
    await batches.beginRound(root, aStart([0, 2]));
    expect(await list()).toMatchObject([{ count: 250, ended: 248, unsuccessful: 0 }]);
  });

  test('lists batches in their order, also of a thousand shards, and none that is being erased or not made yet', async () => {
    const { batches, store, spawned, shard, list } = listing();
    const late = await spawned({ batch: anId(1), key: 'late', createdAt: 2, count: maxChildren });
    await shard(late, 999, 100, 1);
    await spawned({ batch: anId(2), key: 'early', createdAt: 1 });
    await spawned({ batch: anId(3), key: 'beside', createdAt: 2 });
    await spawned({ batch: anId(4), key: 'erased' });
    await batches.beginErase(anId(4));
    const item = store.items.get(jobId) ?? aQueuedItem();
    store.items.set(jobId, { ...item, batches: new Set([...(item.batches ?? []), anId(5)]) });
    const found = await list();
    expect(found.map(({ key }) => key)).toEqual(['early', 'beside', 'late']);
    expect(found[2]).toMatchObject({ count: maxChildren, ended: 100, unsuccessful: 1 });
  });

  test('a batch that has ended has as many ends as children', async () => {
    const { batches, store, list } = listing();
    await withChildren({ batches, items: store.items }, aQueuedItem());
    expect(await list()).toMatchObject([{ key: 'pages', count: 5, ended: 5, unsuccessful: 0 }]);
  });
});

describe('listChildren', () => {
  test('is a NotFoundError for an unknown key, and one whose batch is gone, and a JobNotFoundError for another tenant', async () => {
    const { batches, spawned, page } = listing();
    await expect(page()).rejects.toThrow(NotFoundError);
    const { batch } = await spawned();
    await expect(page({ key: 'another' })).rejects.toThrow(NotFoundError);
    await expect(page({}, { id: jobId, tenant: 'another' })).rejects.toThrow(JobNotFoundError);
    await batches.beginErase(batch);
    await expect(page()).rejects.toThrow(NotFoundError);
  });

  test('says of each child what its item says, and of one without an item what is counted', async () => {
    const { spawned, shard, page, put } = listing();
    const root = await spawned();
    await shard(root, 0, 3, 1);
    const [failed, running, newer] = [0, 4, 5].map((index) => childIdOf(root, index));
    put(aFailedItem({ id: failed ?? '', tags: ['customer 217'] }));
    put(aFailedItem({ id: childIdOf(root, 1), status: 'succeeded', result: '1' }));
    put(aRunningItem({ id: running ?? '', error: { name: 'Error', message: 'of an attempt before' } }));
    put(aQueuedItem({ id: newer ?? '', version: newerVersion }));
    const { children, newer: rows, next } = await page();
    expect(children.slice(0, 6)).toEqual([
      {
        index: 0,
        id: failed,
        status: 'failed',
        isKnown: true,
        tags: ['customer 217'],
        error: aFailedItem().error,
      },
      { index: 1, id: childIdOf(root, 1), status: 'succeeded', isKnown: true },
      { index: 2, id: childIdOf(root, 2), status: 'expired', isKnown: false },
      { index: 3, id: childIdOf(root, 3), status: 'queued', isKnown: false },
      { index: 4, id: running, status: 'running', isKnown: true },
      { index: 6, id: childIdOf(root, 6), status: 'queued', isKnown: false },
    ]);
    expect([children.length, rows, next]).toMatchObject([99, [{ id: newer, version: newerVersion }], 99]);
  });

  test('goes through all of them, page by page, and is empty behind the last', async () => {
    const { spawned, page } = listing();
    await spawned();
    const seen: number[] = [];
    for (let after: number | undefined = -1; after !== undefined; ) {
      const { children, next } = await page({ after });
      seen.push(...children.map(({ index }) => index));
      after = next;
    }
    expect(seen).toEqual(Array.from({ length: 250 }, (_, index) => index));
    expect(await page({ after: 249 })).toEqual({ children: [], newer: [] });
    expect(await page({ after: maxChildren, status: 'unsuccessful' })).toEqual({ children: [], newer: [] });
  });

  test('a page that begins within a shard reads two of them', async () => {
    const { batches, spawned, shard, page } = listing();
    const root = await spawned();
    await shard(root, 1, 100);
    await batches.addFull({ batch: root.batch, round: 1, shard: 2, unsuccessful: 0 });
    const { children } = await page({ after: 149 });
    expect(children.map(({ status }) => status)).toEqual(Array(100).fill('expired'));
  });

  test('goes through those that did not succeed, wherever they are', async () => {
    const { spawned, shard, page } = listing();
    const root = await spawned({ count: maxChildren });
    await shard(root, 0, 100, 60);
    await shard(root, 1, 100, 40);
    await shard(root, 2, 100);
    const first = await page({ status: 'unsuccessful' });
    expect([first.children.length, first.children.at(-1)?.index, first.next]).toEqual([100, 139, undefined]);
    await shard(root, 999, 2, 1);
    expect((await page({ status: 'unsuccessful' })).next).toBe(139);
    const { children, next } = await page({ status: 'unsuccessful', after: 139 });
    expect([children.map(({ index }) => index), next]).toEqual([[99_900], undefined]);
    const { children: within } = await page({ status: 'unsuccessful', after: 30 });
    expect(within[0]?.index).toBe(31);
  });

  test('reads only the shards that may have children of a state', async () => {
    const { spawned, shard, page, reads } = listing();
    const root = await spawned({ count: 400 });
    await shard(root, 0, 100);
    await shard(root, 1, 100, 2);
    await shard(root, 2, 3, 3);
    const readFor = async (status: 'open' | 'succeeded' | 'unsuccessful') => {
      reads.length = 0;
      const { children, next } = await page({ status, limit: 100 });
      return [reads.join(), children[0]?.index, children.length, next];
    };
    expect(await readFor('unsuccessful')).toEqual(['1,2', 100, 5, undefined]);
    expect(await readFor('succeeded')).toEqual(['0,1', 0, 100, 99]);
    expect(await readFor('open')).toEqual(['2,3', 203, 100, 302]);
    expect((await page({ status: 'succeeded', after: 99 })).children[0]?.index).toBe(102);
    expect((await page({ status: 'open', after: 302 })).children).toHaveLength(97);
  });

  test('a shard that only the root knows to be full has succeeded', async () => {
    const { batches, spawned, page } = listing();
    const root = await spawned();
    await batches.beginRound(root, aStart([0, 2]));
    const ends = (status: 'open' | 'succeeded') => page({ status, limit: 250 });
    expect((await ends('succeeded')).children.map(({ index }) => index)).toHaveLength(150);
    expect((await ends('open')).children.map(({ index }) => index)).toEqual(
      Array.from({ length: 100 }, (_, at) => 100 + at),
    );
  });

  test('a child that is made again is queued until a worker claims it, whatever its item says of the round before', async () => {
    const { batches, spawned, shard, page, put } = listing();
    const root = await spawned();
    const failed = aFailedItem({ id: childIdOf(root, 1) });
    put(failed);
    await batches.beginRound(root, aStart());
    await shard({ ...root, round: 2 }, 0, 1);
    const second = async () => (await page({ limit: 2 })).children[1];
    expect(await second()).toEqual({ index: 1, id: failed.id, status: 'queued', isKnown: true });
    put(aRunningItem({ id: failed.id, run: 2 }));
    expect(await second()).toMatchObject({ status: 'running' });
  });
});
