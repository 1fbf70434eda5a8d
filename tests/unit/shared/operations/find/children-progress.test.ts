import { describe, expect, test } from '@jest/globals';
import { type BatchRoot, batchIdOf } from '../../../../../shared/domain/children/batch.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { childrenProgress } from '../../../../../shared/operations/find/children-progress.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { type InMemoryBatches, inMemoryBatches } from '../../../../../testkit/fakes/in-memory-batches.ts';
import { aFailedItem, aQueuedItem, aRoot, aRunningItem, jobId } from '../../../../set-ups/samples.ts';
import { waitingJobs } from '../../../../set-ups/waiting-jobs.ts';

/** What a look at the progress of a job says, and the reads that it makes. */
async function lookAt(item: JobItem, stored = inMemoryBatches()) {
  const reads: (string | number)[] = [];
  const progress = await childrenProgress(item, {
    batches: {
      read: (batch) => {
        reads.push('root');
        return stored.read(batch);
      },
      shards: (batch, round, shards) => {
        reads.push(...shards);
        return stored.shards(batch, round, shards);
      },
    },
  });
  return { progress, reads };
}

/** Makes a batch, of which so many children have ended in each shard. */
async function spawn(batches: InMemoryBatches, ended: readonly number[], over: Partial<BatchRoot> = {}) {
  const key = over.key ?? 'pages';
  const root = aRoot({ batch: batchIdOf(jobId, key), key, ...over });
  await batches.create(root);
  for (const [shard, count] of ended.entries()) {
    const place = { batch: root.batch, round: 1, shard };
    await batches.createShard({ ...place, version: 2, tenant: 'a tenant', size: 100, expiresAt: 1 });
    const indexes = Array.from({ length: count }, (_, at) => shard * 100 + at);
    if (count > 0) await batches.add({ ...place, ended: indexes, unsuccessful: [], expiresAt: 1 });
    if (count === 100) await batches.addFull({ ...place, unsuccessful: 0 });
  }
  return root;
}

const awaiting = (...roots: readonly BatchRoot[]): JobItem => {
  const until = t0 + 1;
  const batches = roots.map(({ batch }) => batch);
  return aQueuedItem({ status: 'waiting', notBefore: until, awaits: { until, batches } });
};

describe('the progress of a job that waits for its children', () => {
  test('is how many have ended, of all batches that it waits for', async () => {
    const batches = inMemoryBatches();
    const roots = [await spawn(batches, [100, 20]), await spawn(batches, [3], { key: 'b', count: 7 })];
    expect(await lookAt(awaiting(...roots), batches)).toEqual({
      // 123 have: it says no more than its percents do.
      progress: { percent: 47, message: 'at least 121 of 257 children have ended' },
      reads: ['root', 'root', 1, 2, 0],
    });
  });

  test('is exact for a hundred children or fewer', async () => {
    for (const count of [1, 3, 7, 99, 100])
      for (let ended = 0; ended <= count; ended += 1) {
        const batches = inMemoryBatches();
        const { progress } = await lookAt(awaiting(await spawn(batches, [ended], { count })), batches);
        expect(progress?.message).toBe(`${ended} of ${count} children have ended`);
      }
  });

  test('costs at most twenty reads of shards, of those that are not full', async () => {
    const batches = inMemoryBatches();
    const root = await spawn(batches, [...Array(3).fill(100), ...Array(30).fill(50)], { count: 100_000 });
    const { progress, reads } = await lookAt(awaiting(root), batches);
    expect(reads).toEqual(['root', ...Array.from({ length: 20 }, (_, at) => at + 3)]);
    expect(progress?.percent).toBe(1);
  });

  test('is nothing of one whose batch is gone', async () => {
    expect((await lookAt(awaiting(aRoot()))).progress?.percent).toBe(0);
  });

  test('is none of any other job, at no cost', async () => {
    const { children: _, ...others } = waitingJobs;
    const jobs = [...Object.values(others).map(({ item }) => item), aRunningItem(), aFailedItem()];
    for (const job of jobs) expect(await lookAt(job)).toEqual({ progress: undefined, reads: [] });
  });
});
