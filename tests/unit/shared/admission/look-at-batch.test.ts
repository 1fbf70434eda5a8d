import { describe, expect, test } from '@jest/globals';
import { mayHaveLost } from '../../../../shared/admission/look-at-batch.ts';
import {
  type BatchRoot,
  childIdOf,
  lookEveryMs,
  newShard,
} from '../../../../shared/domain/children/batch.ts';
import type { JobItem } from '../../../../shared/domain/state/job/item.ts';
import { FixedClock } from '../../../../testkit/fakes/fixed.ts';
import { inMemoryBatches } from '../../../../testkit/fakes/in-memory-batches.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { aQueuedItem, aRoot, aRunningItem } from '../../../set-ups/samples.ts';

const minuteMs = 60_000;

/** A batch of three children that were sent, as admission looks at it each time its parent is looked at. */
async function looking(over: Partial<BatchRoot> = {}) {
  const [store, batches, clock] = [new InMemoryJobStore(), inMemoryBatches(), new FixedClock()];
  let reads = 0;
  const root = aRoot({ count: 3, createdAt: clock.now(), ...over });
  await batches.create(root);
  for (let shard = 0; shard * 100 < root.count; shard += 1)
    await batches.createShard(
      newShard(root, { shard, size: Math.min(100, root.count - shard * 100) }, clock.now()),
    );
  const counted = {
    read: (id: string) => {
      reads += 1;
      return store.read(id);
    },
  };
  const now = () => batches.roots.get(root.batch) ?? root;
  return {
    ...{ batches, clock, now, reads: () => reads },
    look: async (afterMinutes = 20) => {
      await clock.advance(afterMinutes * minuteMs);
      return mayHaveLost(now(), { store: counted, batches, clock });
    },
    put: (index: number, item: Partial<JobItem> = {}) => {
      const id = childIdOf(root, index);
      store.items.set(id, aQueuedItem({ updatedAt: clock.now(), ...item, id }));
    },
    end: (index: number) =>
      batches.add({ batch: root.batch, round: 1, shard: 0, ended: [index], unsuccessful: [], expiresAt: 1 }),
  };
}

describe('whether messages of children are lost', () => {
  test('is known when those that were silent at one look have not moved at the next', async () => {
    const { look, now } = await looking();
    expect([await look(14), await look(6), await look()]).toEqual([false, false, true]);
    expect(now().wantedAt).toBeGreaterThan(now().lookedAt ?? 0);
    // Until the parent has looked.
    expect(await look(0)).toBe(true);
  });

  test.each<[string, Partial<BatchRoot>, readonly number[], boolean]>([
    ['the shard is full, and the root was not told', {}, [0, 1, 2], true],
    ['one has succeeded, which is enough', { any: 1 }, [0], true],
    ['one has succeeded, which does not matter', { tolerate: 0 }, [0], false],
    ['the root knows the one that has succeeded', { any: 2, earlySucceeded: new Set(['0']) }, [0], false],
  ])('is known at the first look if %s', async (_what, over, ended, isLost) => {
    const { look, put, end } = await looking(over);
    for (const index of [0, 1, 2]) put(index, { status: 'running', leaseUntil: Number.MAX_SAFE_INTEGER });
    for (const index of ended) await end(index);
    expect(await look()).toBe(isLost);
  });

  test('is not known while others of them are started: the queue flows', async () => {
    const { look, put, end, now } = await looking();
    await look();
    put(0);
    expect(await look()).toBe(false);
    await end(0);
    put(1, { status: 'running' });
    expect(await look()).toBe(false);
    await end(1);
    expect([...(now().silent ?? [])]).toEqual(['2']);
    expect(await look()).toBe(true);
  });

  test.each<[string, Partial<JobItem>, boolean]>([
    ['is at work', { status: 'running', leaseUntil: Number.MAX_SAFE_INTEGER, updatedAt: 1 }, false],
    ['waits outside of its queue', { status: 'waiting', dueKey: '1', updatedAt: 1 }, false],
    ['is hidden until its next attempt', { notBefore: Number.MAX_SAFE_INTEGER, updatedAt: 1 }, false],
    ['was handed over, and nobody goes on with it', { updatedAt: 1 }, true],
    ['has a worker that is gone', { ...aRunningItem(), leaseUntil: 1, updatedAt: 1 }, true],
    ['is only there of an earlier round', { run: 0, status: 'waiting', dueKey: '1', updatedAt: 1 }, true],
    ['has ended, and nobody has counted that', { status: 'failed', updatedAt: 1 }, true],
  ])('of a child that %s', async (_what, item, isLost) => {
    const { look, put, end } = await looking();
    await end(0);
    await end(1);
    put(2, item);
    expect([await look(), await look()]).toEqual([false, isLost]);
  });

  test('is looked at twice as late after each look of the parent in vain, and as ever once a child has moved', async () => {
    const { look, batches, clock, now, put } = await looking();
    const parentLooks = () => batches.noteLook(now(), clock.now(), { vain: (now().vain ?? 0) + 1 });
    expect([await look(), await look()]).toEqual([false, true]);
    await parentLooks();
    await parentLooks();
    expect(await look(59)).toBe(false);
    expect(now().silent).toBeUndefined();
    expect([await look(1), await look(60)]).toEqual([false, true]);
    await parentLooks();
    expect(await look(120)).toBe(false);
    put(0);
    expect([await look(120), now().vain, await look(), await look()]).toEqual([false, 0, true, true]);
  });

  test('is asked for by somebody: then it is looked at at once', async () => {
    const { look, batches, now, clock } = await looking();
    await batches.wantLook(now(), clock.now());
    expect(await look(0)).toBe(true);
  });

  test('costs some reads, however many children there are, and sees the last of them', async () => {
    const { look, reads, now } = await looking({ count: 100_000 });
    await look();
    expect(reads()).toBe(300);
    expect(now().silent?.size).toBe(100);
    expect(await look()).toBe(true);
    expect(reads()).toBe(400);
  });

  test('is looked at each time its parent is', () => expect(lookEveryMs).toBe(20 * minuteMs));
});
