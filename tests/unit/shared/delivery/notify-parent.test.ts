import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { ParentNotifier } from '../../../../shared/delivery/notify-parent.ts';
import { StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import {
  type BatchRoot,
  childPlaceOf,
  indexesOf,
  newShard,
  rootExpiryOf,
  shardsOf,
} from '../../../../shared/domain/children/batch.ts';
import { FixedClock, t0 } from '../../../../testkit/fakes/fixed.ts';
import { type InMemoryBatches, inMemoryBatches } from '../../../../testkit/fakes/in-memory-batches.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryPointerQueue } from '../../../../testkit/fakes/in-memory-queues.ts';
import { aFailedItem, anId, aRoot } from '../../../set-ups/samples.ts';

/** A process that tells of ends, and the batch that it tells. `before` runs before each count is written. */
async function aNotifier(over: Partial<BatchRoot> = {}, before: () => Promise<void> = async () => {}) {
  const [batches, clock, pointers] = [inMemoryBatches(), new FixedClock(), new InMemoryPointerQueue()];
  const root = aRoot({ count: 3, ...over });
  await batches.create(root);
  for (const shard of shardsOf(root))
    await batches.createShard(newShard(root, { shard, size: indexesOf(root, shard).length }, t0));
  const { add } = batches;
  const counting = Object.assign(batches, {
    add: async (tally: Parameters<InMemoryBatches['add']>[0]) => {
      // A request has what it was given when it was made.
      const request = structuredClone(tally);
      await before();
      return add(request);
    },
  });
  const notifier = new ParentNotifier({ batches: counting, clock, pointers, store: new InMemoryJobStore() });
  const ended = (index: number, status: 'failed' | 'succeeded' = 'succeeded') =>
    notifier.ended(
      aFailedItem({ id: anId(index + 100), status, run: root.round, parent: childPlaceOf(root, index) }),
    );
  const counted = () => [...batches.stored.values()].flatMap((shard) => [...(shard.ended ?? [])]).sort();
  return { notifier, ended, counted, clock, batches, root };
}

describe('ParentNotifier', () => {
  test('counts ends that come within moments by one write', async () => {
    let writes = 0;
    const { ended, counted, clock, batches, root } = await aNotifier({}, async () => {
      writes += 1;
    });
    const notifying = Promise.all([ended(0), ended(1, 'failed'), ended(2)]);
    await clock.advance(25);
    await notifying;
    expect(writes).toBe(1);
    expect(counted()).toEqual(['0', '1', '2']);
    expect(await batches.read(root.batch)).toMatchObject({
      full: new Set(['0']),
      fullUnsuccessful: new Set(['0/1']),
    });
  });

  test('answers an end that comes while a count is under way when the end is counted itself', async () => {
    const written = Promise.withResolvers<void>();
    const { ended, counted, clock } = await aNotifier({}, () => written.promise);
    const first = ended(0);
    await clock.advance(25);
    let isAnswered = false;
    const second = ended(1).then(() => {
      isAnswered = true;
    });
    written.resolve();
    await first;
    await setImmediate();
    expect({ isAnswered, counted: counted() }).toEqual({ isAnswered: false, counted: ['0'] });
    await clock.advance(25);
    await second;
    expect(counted()).toEqual(['0', '1']);
  });

  test('counts the next ends after a count that has failed, whose ends are told of again', async () => {
    let isDown = true;
    const { ended, counted, clock } = await aNotifier({}, async () => {
      if (isDown) throw new StoreUnavailableError('no');
    });
    const failing = expect(ended(0)).rejects.toThrow(StoreUnavailableError);
    await clock.advance(25);
    await failing;
    isDown = false;
    const again = Promise.allSettled([ended(0), ended(1)]);
    await clock.advance(25);
    expect((await again).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(counted()).toEqual(['0', '1']);
  });

  test.each([
    ['root', true],
    ['root, nor a shard', false],
  ])(
    'tells nobody of the end of a child whose batch has no %s any more, and is not asked again',
    async (_what, hasShard) => {
      const { ended, counted, clock, batches, root } = await aNotifier({ count: 1, whenParentEnds: 'leave' });
      batches.roots.delete(root.batch);
      if (!hasShard) batches.stored.clear();
      const notifying = ended(0);
      await clock.advance(25);
      await notifying;
      expect(counted()).toEqual(hasShard ? ['0'] : []);
      expect(batches.roots.size).toBe(0);
    },
  );

  test('keeps the roots of a parent that is to run again for longer than any wait, and not those of a later run', async () => {
    const { notifier, batches, root } = await aNotifier({ expiresAt: 7 });
    const later = aRoot({ batch: anId(2), parentRun: 2 });
    await batches.create(later);
    await notifier.runsAgain(aFailedItem({ run: 1, batches: new Set([root.batch, later.batch, anId(3)]) }));
    expect(await batches.read(root.batch)).toEqual({ ...root, expiresAt: rootExpiryOf(t0) });
    expect(rootExpiryOf(t0) * 1000 - t0).toBeGreaterThan(366 * 24 * 3600_000);
    expect(await batches.read(later.batch)).toEqual(later);
  });
});
