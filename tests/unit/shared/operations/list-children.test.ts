import { describe, expect, test } from '@jest/globals';
import { JobNotFoundError } from '../../../../shared/domain/base/errors.ts';
import { type BatchRoot, maxChildren, usualShardSize } from '../../../../shared/domain/children/batch.ts';
import type { JobItem } from '../../../../shared/domain/state/item.ts';
import { listBatches } from '../../../../shared/operations/list-children.ts';
import { InMemoryBatches } from '../../../../testkit/fakes/in-memory-batches.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { withChildren } from '../../../set-ups/family.ts';
import { anId, aQueuedItem, aRoot, jobId } from '../../../set-ups/samples.ts';

/** A job and its batches. */
function listing(item: JobItem | undefined = aQueuedItem()) {
  const store = new InMemoryJobStore();
  const batches = new InMemoryBatches();
  store.items.set(item.id, item);
  const which = { id: jobId, tenant: 'a tenant' };
  /** Makes a batch of 250 children, none of which was sent. */
  async function spawned(over: Partial<BatchRoot> = {}): Promise<BatchRoot> {
    const root = aRoot(over);
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
    await batches.add({ ...place, ended: indexes, unsuccessful: indexes.slice(0, unsuccessful) });
  }
  const list = (asked = which) => listBatches(asked, { store, batches });
  return { store, batches, spawned, shard, list };
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
    await batches.beginRound(root, [0, 2]);
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
