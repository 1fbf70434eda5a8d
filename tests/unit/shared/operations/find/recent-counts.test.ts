import { describe, expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import type { BatchRoot } from '../../../../../shared/domain/children/batch.ts';
import { RecentCounts } from '../../../../../shared/operations/find/recent-counts.ts';
import { FixedClock } from '../../../../../testkit/fakes/fixed.ts';
import { inMemoryBatches } from '../../../../../testkit/fakes/in-memory-batches.ts';
import { anId, aRoot } from '../../../../set-ups/samples.ts';

const root = aRoot({ count: 5, shardSize: 2 });

/** Counts of a batch of five children in shards of two. */
async function counting() {
  const stored = inMemoryBatches();
  const clock = new FixedClock();
  /** The numbers of the shards of each read. */
  const reads: (readonly number[])[] = [];
  let isDown = false;
  const counts = new RecentCounts({
    clock,
    batches: {
      async shards(batch, round, shards) {
        reads.push(shards);
        if (isDown) throw new StoreUnavailableError('it is down');
        return stored.shards(batch, round, shards);
      },
    },
  });
  for (const shard of [0, 1, 2]) {
    const place = { batch: root.batch, round: 1, shard };
    await stored.createShard({ ...place, version: 2, tenant: 'a tenant', size: 2, expiresAt: 1 });
  }
  const end = (shard: number, ended: readonly number[], unsuccessful: readonly number[] = []) =>
    stored.add({ batch: root.batch, round: 1, shard, ended, unsuccessful, expiresAt: 1 });
  const of = async (over: Partial<BatchRoot> = {}) => [...(await counts.of({ ...root, ...over }))];
  return { clock, reads, end, of, setDown: (value: boolean) => (isDown = value) };
}

describe('the recent counts of a batch', () => {
  test('are read again after two seconds, but for what is full', async () => {
    const { clock, reads, end, of } = await counting();
    await end(0, [0, 1], [1]);
    await end(2, [4]);
    const first = [
      [0, { ended: 2, unsuccessful: 1 }],
      [2, { ended: 1, unsuccessful: 0 }],
    ];
    expect(await Promise.all([of(), of()])).toEqual([first, first]);
    await end(1, [2]);
    await clock.advance(1_999);
    expect(await of()).toEqual(first);
    expect(reads).toEqual([[0, 1, 2]]);
    await clock.advance(1);
    expect(await of()).toEqual([...first, [1, { ended: 1, unsuccessful: 0 }]]);
    // The last shard has one child.
    expect(reads.slice(1)).toEqual([[1]]);
  });

  test('are those of a round: another one, and another batch of the same name, is read whole', async () => {
    const { reads, end, of } = await counting();
    await end(0, [0, 1]);
    expect(await of()).toHaveLength(1);
    const next = { round: 2, full: new Set(['1', '2']), fullUnsuccessful: new Set(['1/2']) };
    expect(await of(next)).toEqual([
      [1, { ended: 2, unsuccessful: 2 }],
      [2, { ended: 1, unsuccessful: 0 }],
    ]);
    expect(await of({ createdAt: root.createdAt + 1 })).toHaveLength(1);
    // What is full by the root needs no read, and may have expired.
    expect(reads).toEqual([[0, 1, 2], [0], [0, 1, 2]]);
  });

  test('a read that failed is made again at once', async () => {
    const { reads, of, setDown } = await counting();
    setDown(true);
    await expect(of()).rejects.toThrow(StoreUnavailableError);
    setDown(false);
    expect(await of()).toEqual([]);
    expect(reads).toHaveLength(2);
  });

  test('those of a hundred rounds are kept', async () => {
    const { reads, of } = await counting();
    for (let number = 0; number <= 100; number += 1) await of({ batch: anId(number) });
    await of({ batch: anId(1) });
    expect(reads).toHaveLength(101);
    await of({ batch: anId(0) });
    expect(reads).toHaveLength(102);
  });

  test('a clock that was set back keeps no count for long', async () => {
    const { clock, reads, of } = await counting();
    await of();
    await clock.advance(-5_000);
    await of();
    expect(reads).toHaveLength(2);
  });
});
