import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { NewerVersionError, StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { stepsVersion } from '../../shared/domain/base/version.ts';
import {
  type BatchRoot,
  type BatchShard,
  isFull,
  maxAgain,
  maxChildren,
  maxEarly,
  rootKeyOf,
  shardKeyOf,
  shardsOf,
  usualShardSize,
} from '../../shared/domain/children/batch.ts';
import type { BatchStore, EarlyEnds, Tally } from '../../shared/domain/children/batch-ports.ts';
import { batchesIn } from '../../shared/domain/children/batches.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { inMemoryBatches } from '../../testkit/fakes/in-memory-batches.ts';
import type { LocalAws } from '../local-aws.ts';
import { sizeOf } from '../set-ups/item-size.ts';
import { aRoot, aStart, newerVersion } from '../set-ups/samples.ts';
import { newId } from './item-writes.ts';
import { newLocalAws } from './shared-services.ts';

const nowSeconds = Math.ceil(t0 / 1000);
const aNewRoot = (over: Partial<BatchRoot> = {}) => aRoot({ batch: newId(), ...over });
const aShard = (over: Partial<BatchShard> = {}): BatchShard => ({
  ...{ batch: newId(), version: stepsVersion, tenant: 'a tenant', round: 1, shard: 0, size: 100 },
  expiresAt: nowSeconds,
  ...over,
});
const expiresAt = nowSeconds + 7;

/** Stores items as newer code would. */
interface Newer {
  root(root: BatchRoot): Promise<void>;
  shard(shard: BatchShard): Promise<void>;
}

/** What every `BatchStore` does. It runs on the in-memory fake, and on the DynamoDB adapter with the emulator. */
function describeBatchStore(name: string, storeOf: () => BatchStore, newer: () => Newer): void {
  const stored = async (over: Partial<BatchRoot> = {}) => {
    const root = aNewRoot(over);
    await storeOf().create(root);
    return root;
  };
  const storedShard = async (over: Partial<BatchShard> = {}) => {
    const shard = aShard(over);
    await storeOf().createShard(shard);
    return shard;
  };
  const shardAt = async ({ batch, round, shard }: BatchShard) =>
    (await storeOf().shards(batch, round, [shard]))[0];
  const tally = (
    { batch, round, shard }: BatchShard,
    ended: number[],
    unsuccessful: number[] = [],
  ): Tally => ({
    ...{ batch, round, shard, ended, unsuccessful, expiresAt: nowSeconds },
  });

  describe(`${name} as a BatchStore`, () => {
    test('reads undefined if there is no root', async () => {
      expect(await storeOf().read(newId())).toBeUndefined();
    });

    test('creates a root once, and returns the one that is stored', async () => {
      const root = aNewRoot();
      expect(await storeOf().create(root)).toEqual(root);
      expect(await storeOf().create({ ...root, secret: 'another' })).toEqual(root);
      expect(await storeOf().read(root.batch)).toEqual(root);
    });

    test('creates a shard once, with what it begins with', async () => {
      const begun = { round: 2, shard: 1, ended: new Set(['100', '101']) };
      const shard = aShard(begun);
      expect(await storeOf().createShard(shard)).toBe(true);
      expect(await storeOf().createShard({ ...shard, ended: new Set(['199']) })).toBe(false);
      expect(await shardAt(shard)).toEqual(shard);
    });

    test('keeps the early conditions of a root and of a shard', async () => {
      const bounds = { any: 100, tolerate: 0 };
      const root = await stored(bounds);
      expect(await storeOf().read(root.batch)).toEqual(root);
      const shard = await storedShard(bounds);
      expect(await storeOf().add(tally(shard, [5]))).toEqual({ ...shard, ended: new Set(['5']) });
    });

    test('reads those of the shards that there are, of one round', async () => {
      const { batch } = await storedShard({ shard: 0 });
      for (let shard = 2; shard < 50; shard += 1) await storedShard({ batch, shard });
      await storedShard({ batch, shard: 1, round: 2 });
      const asked = Array.from({ length: 50 }, (_, shard) => shard);
      const found = await storeOf().shards(batch, 1, asked);
      expect(found.map(({ shard }) => shard).toSorted((a, b) => a - b)).toEqual(
        asked.filter((shard) => shard !== 1),
      );
      expect(await storeOf().shards(batch, 1, [])).toEqual([]);
    });

    test('counts each end once, and says which have not succeeded', async () => {
      const shard = await storedShard();
      expect(await storeOf().add(tally(shard, [5]))).toEqual({ ...shard, ended: new Set(['5']) });
      const twice = tally(shard, [5, 7, 8], [8]);
      const after = { ...shard, ended: new Set(['5', '7', '8']), unsuccessful: new Set(['8']) };
      expect(await storeOf().add(twice)).toEqual(after);
      expect(await storeOf().add(twice)).toEqual(after);
      expect(await shardAt(shard)).toEqual(after);
    });

    test('keeps a shard from its last end on', async () => {
      const shard = await storedShard();
      const later = { ...tally(shard, [5]), expiresAt: nowSeconds + 60 };
      const after = { ...shard, ended: new Set(['5']), expiresAt: nowSeconds + 60 };
      expect(await storeOf().add(later)).toEqual(after);
      expect(await shardAt(shard)).toEqual(after);
    });

    test('counts no end where there is no shard: its batch is gone, or it is of another round', async () => {
      const shard = await storedShard({ round: 2 });
      expect(await storeOf().add(tally({ ...shard, round: 1 }, [5]))).toBeUndefined();
      expect(await storeOf().add(tally(aShard(), [5], [5]))).toBeUndefined();
      expect(await storeOf().shards(shard.batch, 1, [0])).toEqual([]);
      expect(await shardAt(shard)).toEqual(shard);
    });

    test('counts all of many ends that come at once, and at least one of those who tell sees that the shard is full', async () => {
      const shard = await storedShard({ size: 40 });
      const tallies = Array.from({ length: 40 }, (_, index) =>
        tally(shard, [index], index % 2 ? [index] : []),
      );
      const seen = await Promise.all([...tallies, ...tallies].map((one) => storeOf().add(one)));
      expect((await shardAt(shard))?.ended?.size).toBe(40);
      expect((await shardAt(shard))?.unsuccessful?.size).toBe(20);
      expect(seen.filter((one) => one && isFull(one)).length).toBeGreaterThan(0);
    });

    test('is asked for again while its children have not all ended, and their parent has not', async () => {
      const root = await stored();
      const { batch } = root;
      const asked = { ...root, retries: true };
      expect(await storeOf().askAgain(root)).toEqual(asked);
      expect(await storeOf().askAgain(root)).toEqual(asked);
      expect(await storeOf().askAgain({ ...root, round: 2 })).toBeUndefined();
      expect(await storeOf().askAgain({ ...root, parentRun: 2 })).toBeUndefined();
      for (const shard of shardsOf(root)) {
        expect(await storeOf().askAgain(root)).toBeDefined();
        await storeOf().addFull({ batch, round: 1, shard, unsuccessful: 0 });
      }
      expect(await storeOf().askAgain(root)).toBeUndefined();
      const other = await stored();
      await storeOf().endParent({ batch: other.batch, run: other.parentRun, expiresAt: 1 });
      expect(await storeOf().askAgain(other)).toBeUndefined();
      await storeOf().endParent({ batch: other.batch, run: other.parentRun + 1, expiresAt: 1 });
      expect(await storeOf().askAgain(other)).toBeUndefined();
      expect((await storeOf().read(other.batch))?.retries).toBeUndefined();
    });

    test('is asked for children one by one, each once, and for no more than fit', async () => {
      const root = await stored({ tolerate: 0 });
      const { batch } = root;
      expect(await storeOf().askAgain(root, 7)).toEqual({ ...root, again: new Set(['7']) });
      await storeOf().addEarly({ batch, round: 1, kind: 'unsuccessful', indexes: [7], bound: 1 });
      const early = { earlyUnsuccessful: new Set(['7']) };
      expect(await storeOf().askAgain(root, 7)).toEqual({ ...root, ...early, again: new Set(['7']) });
      expect(await storeOf().askAgain(root, 12)).toEqual({ ...root, ...early, again: new Set(['7', '12']) });
      expect(await storeOf().askAgain({ ...root, round: 2 }, 8)).toBeUndefined();
      const again = new Set(Array.from({ length: maxAgain }, (_, index) => String(index)));
      const other = await stored({ again });
      expect(await storeOf().askAgain(other, maxAgain)).toBeUndefined();
      expect(await storeOf().askAgain(other, 5)).toEqual(other);
      expect(await storeOf().askAgain(other)).toEqual({ ...other, retries: true });
    });

    test('begins a round of some, in which others are unsuccessful from the beginning, and one of all after it', async () => {
      const root = await stored({ tolerate: 3, again: new Set(['7']) });
      const { again: _, ...others } = root;
      const next = {
        ...{ ...others, round: 2, roundAt: t0 + 1, isPartial: true as const },
        ...{ full: new Set(['1']), earlyUnsuccessful: new Set(['150']) },
      };
      expect(await storeOf().beginRound(root, aStart([1], { unsuccessful: [150] }))).toEqual(next);
      const asked = await storeOf().askAgain(next, 7);
      expect(asked).toEqual({ ...next, again: new Set(['7']) });
      const both = asked && (await storeOf().askAgain(asked));
      expect(both && (await storeOf().beginRound(both, { ...aStart(), at: t0 + 2 }))).toEqual({
        ...{ ...others, round: 4, roundAt: t0 + 2 },
      });
    });

    test.each([
      { kind: 'succeeded', bounds: { any: 2, tolerate: 5 } },
      { kind: 'unsuccessful', bounds: { any: 5, tolerate: 1 } },
    ] as const)('is not asked for again once enough are $kind', async ({ kind, bounds }) => {
      const root = await stored(bounds);
      const early = { batch: root.batch, round: 1, kind, bound: 2 };
      await storeOf().addEarly({ ...early, indexes: [0] });
      expect(await storeOf().askAgain(root)).toMatchObject({ retries: true });
      const other = await stored(bounds);
      await storeOf().addEarly({ ...early, batch: other.batch, indexes: [0, 1] });
      expect(await storeOf().askAgain(other)).toBeUndefined();
    });

    test('adds each full shard once to the root of its round', async () => {
      const root = await stored();
      const { batch } = root;
      const places = [0, 1, 2, 1].map((shard) => ({ batch, round: 1, shard, unsuccessful: shard }));
      await Promise.all(places.map((place) => storeOf().addFull(place)));
      const after = {
        ...{ ...root, full: new Set(['0', '1', '2']) },
        fullUnsuccessful: new Set(['1/1', '2/2']),
      };
      const again = { batch, round: 1, shard: 1, unsuccessful: 1 };
      expect(await storeOf().addFull(again)).toEqual(after);
      expect(await storeOf().addFull({ ...again, round: 2 })).toBeUndefined();
      expect(await storeOf().addFull({ ...again, batch: newId() })).toBeUndefined();
      expect(await storeOf().read(batch)).toEqual(after);
    });

    test('adds ends to the root that count early, of its round, until they decide the batch', async () => {
      const root = await stored({ any: 3, tolerate: 1 });
      const { batch } = root;
      const early = (indexes: number[], over: Partial<EarlyEnds> = {}) =>
        storeOf().addEarly({ ...{ batch, round: 1, kind: 'succeeded', indexes, bound: 3 }, ...over });
      const failed = { kind: 'unsuccessful', bound: 2 } as const;
      expect(await early([7])).toEqual({ ...root, earlySucceeded: new Set(['7']) });
      expect(await early([7], { round: 2 })).toBeUndefined();
      expect(await early([7], { batch: newId() })).toBeUndefined();
      await early([7]);
      await early([8], failed);
      const after = {
        ...root,
        earlySucceeded: new Set(['7', '9', '10']),
        earlyUnsuccessful: new Set(['8']),
      };
      expect(await early([9, 10])).toEqual(after);
      expect(await early([11])).toBeUndefined();
      expect(await storeOf().read(batch)).toEqual(after);
      const all = { ...after, earlyUnsuccessful: new Set(['8', '11']) };
      expect(await early([11], failed)).toEqual(all);
      expect(await early([12], failed)).toBeUndefined();
      expect(await storeOf().read(batch)).toEqual(all);
    });

    test('tells everybody who adds early ends at once whether the batch is decided', async () => {
      const { batch } = await stored({ any: 5 });
      const adding = Array.from({ length: 20 }, (_, index) =>
        storeOf().addEarly({ batch, round: 1, kind: 'succeeded', indexes: [index], bound: 5 }),
      );
      const added = (await Promise.all(adding)).flatMap((root) => root ?? []);
      expect(added).toHaveLength(5);
      expect(added.filter(({ earlySucceeded }) => earlySucceeded?.size === 5)).toHaveLength(1);
    });

    test('begins the next round with the children that have succeeded, and with none that have not', async () => {
      const early = { earlySucceeded: new Set(['1']), earlyUnsuccessful: new Set(['2', '3']) };
      const root = await stored({ any: 3, tolerate: 1, ...early });
      const { earlyUnsuccessful: _, ...others } = root;
      const next = {
        ...{ ...others, round: 2, roundAt: t0 + 1 },
        ...{ full: new Set(['1']), earlySucceeded: new Set(['1', '150']) },
      };
      expect(await storeOf().beginRound(root, aStart([1], { succeeded: [1, 150] }))).toEqual(next);
      const { earlySucceeded: __, full: ___, ...none } = next;
      expect(await storeOf().beginRound(next, aStart())).toEqual({ ...none, round: 3 });
    });

    test('notes a look, asks for one that the parent makes, and refuses what was read before another one', async () => {
      const root = await stored();
      expect(await storeOf().noteLook(root, 1_000, { silent: [2, 7], vain: 3 })).toBe(true);
      expect(await storeOf().noteLook(root, 2_000, { vain: 4 })).toBe(false);
      expect(await storeOf().wantLook(root, 2_000)).toBeUndefined();
      const noted = await storeOf().read(root.batch);
      expect(noted).toEqual({ ...root, lookedAt: 1_000, silent: new Set(['2', '7']), vain: 3 });
      // By a clock that is behind.
      const wanted = noted && (await storeOf().wantLook(noted, 500));
      expect(wanted).toEqual({ ...noted, wantedAt: 1_001 });
      // A look that had begun before is none for a process that has asked since.
      expect(noted && (await storeOf().noteLook(noted, 3_000, { vain: 0 }))).toBe(false);
      expect(wanted && (await storeOf().noteLook(wanted, 900, { vain: 1 }))).toBe(true);
      expect(await storeOf().read(root.batch)).toEqual({
        ...root,
        ...{ lookedAt: 1_001, wantedAt: 1_001, vain: 1 },
      });
      expect(await storeOf().wantLook({ ...root, batch: newId() }, 1)).toBeUndefined();
    });

    test('forgets in a new round what was silent in the one before, and that a look was asked for', async () => {
      const root = await stored();
      await storeOf().noteLook(root, 1_000, { silent: [1], vain: 0 });
      const noted = await storeOf().read(root.batch);
      await (noted && storeOf().wantLook(noted, 2_000));
      const next = noted && (await storeOf().beginRound(noted, { at: 5_000, full: [], early: {} }));
      expect(next).toEqual({ ...root, round: 2, roundAt: 5_000, lookedAt: 1_000, vain: 0 });
      expect(noted && (await storeOf().noteLook(noted, 3_000, { vain: 0 }))).toBe(false);
    });

    test('says that the parent has ended, and that the children end with it', async () => {
      const root = await stored({ parentRun: 2 });
      const { batch } = root;
      await storeOf().endParent({ batch, run: 1, expiresAt });
      expect(await storeOf().read(batch)).toEqual(root);
      for (const _ of [1, 2]) await storeOf().endParent({ batch, run: 2, expiresAt });
      expect(await storeOf().read(batch)).toEqual({ ...root, endedRun: 2, expiresAt });
      await storeOf().endParent({ batch, run: 3, expiresAt });
      expect(await storeOf().read(batch)).toEqual({ ...root, endedRun: 3, expiresAt });
    });

    test('says that the parent has ended where children go on without it, and where there is no root', async () => {
      const root = await stored({ whenParentEnds: 'leave', parentRun: 2 });
      const { batch } = root;
      await storeOf().endParent({ batch, run: 1, expiresAt });
      expect(await storeOf().read(batch)).toEqual(root);
      for (const _ of [1, 2]) await storeOf().endParent({ batch, run: 2, expiresAt });
      expect(await storeOf().read(batch)).toEqual({ ...root, expiresAt });
      const none = newId();
      await storeOf().endParent({ batch: none, run: 1, expiresAt });
      expect(await storeOf().read(none)).toBeUndefined();
    });

    test.each([
      ['cancel', { endedRun: 2 }],
      ['leave', {}],
    ] as const)(
      'is kept for longer when its parent is to run again, and an end of before does not take that back: %s',
      async (whenParentEnds, ended) => {
        const { expiresAt: _, ...root } = await stored({ whenParentEnds, parentRun: 2 });
        const { batch } = root;
        const [sooner, later] = [expiresAt, expiresAt + 90];
        await storeOf().keep({ batch, run: 1, expiresAt: later });
        expect(await storeOf().read(batch)).toEqual(root);
        for (const time of [later, sooner]) await storeOf().keep({ batch, run: 2, expiresAt: time });
        expect(await storeOf().read(batch)).toEqual({ ...root, expiresAt: later });
        for (const _again of [1, 2]) await storeOf().endParent({ batch, run: 2, expiresAt: sooner });
        expect(await storeOf().read(batch)).toEqual({ ...root, ...ended, expiresAt: later });
        await storeOf().endParent({ batch, run: 2, expiresAt: later + 1 });
        await storeOf().keep({ batch, run: 2, expiresAt: later + 2 });
        expect(await storeOf().read(batch)).toEqual({ ...root, ...ended, expiresAt: later + 2 });
        const none = newId();
        await storeOf().keep({ batch: none, run: 1, expiresAt });
        expect(await storeOf().read(none)).toBeUndefined();
      },
    );

    test('is there, is erased as soon as that has begun, or is gone', async () => {
      const root = await stored();
      const { batch } = root;
      expect(await storeOf().find(batch)).toEqual({ kind: 'there', root });
      await storeOf().beginErase(batch);
      expect(await storeOf().find(batch)).toEqual({ kind: 'erased' });
      await storeOf().finishErase(batch, expiresAt);
      expect(await storeOf().find(batch)).toEqual({ kind: 'erased' });
      expect(await storeOf().find(newId())).toEqual({ kind: 'gone' });
    });

    test('is asked for by a later run once, and is kept for it', async () => {
      const { expiresAt: _, ...root } = await stored({ endedRun: 1, expiresAt });
      const { batch } = root;
      const reopened = { ...root, parentRun: 2, retries: true };
      expect(await storeOf().reopen(batch, 1)).toBeUndefined();
      expect(await storeOf().reopen(batch, 2)).toEqual(reopened);
      expect(await storeOf().reopen(batch, 2)).toBeUndefined();
      expect(await storeOf().reopen(newId(), 2)).toBeUndefined();
      expect(await storeOf().read(batch)).toEqual(reopened);
    });

    test.each([{ full: [0, 2] }, { full: [] }])(
      'begins the next round once, with the shards that are full in it: $full',
      async ({ full }) => {
        const before = {
          endedRun: 1,
          parentRun: 2,
          retries: true,
          full: new Set(['0', '1', '2']),
          fullUnsuccessful: new Set(['1/9']),
        } as const;
        const root = await stored(before);
        const { batch } = root;
        const { full: _, fullUnsuccessful: ____, endedRun: __, retries: ___, ...others } = root;
        const start = { ...aStart(), full: full.map((shard) => ({ shard, unsuccessful: shard })) };
        const next = {
          ...{ ...others, round: 2, roundAt: start.at },
          ...(full.length > 0 ? { full: new Set(full.map(String)), fullUnsuccessful: new Set(['2/2']) } : {}),
        };
        expect(await storeOf().beginRound({ ...root, parentRun: 1 }, start)).toBeUndefined();
        expect(await storeOf().beginRound({ ...root, round: 3 }, start)).toBeUndefined();
        expect(await storeOf().beginRound(root, start)).toEqual(next);
        expect(await storeOf().beginRound(root, aStart())).toBeUndefined();
        expect(await storeOf().beginRound(aNewRoot(), start)).toBeUndefined();
        expect(await storeOf().read(batch)).toEqual(next);
      },
    );

    test('is gone for all others once it is being erased, and goes on with that from where it was', async () => {
      const root = await stored({ whenParentEnds: 'cancel' });
      const { batch } = root;
      const store = storeOf();
      expect(await store.beginErase(batch)).toEqual({ ...root, erasedTo: 0 });
      expect(await store.read(batch)).toBeUndefined();
      expect(await store.create(root)).toBeUndefined();
      expect(await store.addFull({ batch, round: 1, shard: 0, unsuccessful: 0 })).toBeUndefined();
      expect(
        await store.addEarly({ batch, round: 1, kind: 'succeeded', indexes: [1], bound: 1 }),
      ).toBeUndefined();
      expect(await store.reopen(batch, 9)).toBeUndefined();
      expect(await store.beginRound(root, aStart())).toBeUndefined();
      await store.endParent({ batch, run: 9, expiresAt });
      await store.keep({ batch, run: 9, expiresAt });
      await store.keepErased(batch, 3);
      await store.keepErased(batch, 2);
      expect(await store.beginErase(batch)).toEqual({ ...root, erasedTo: 3 });
    });

    test('says of a root no more than that it was erased, and nobody makes it anew', async () => {
      const root = await stored();
      const { batch } = root;
      const store = storeOf();
      await store.beginErase(batch);
      for (const _ of [1, 2]) await store.finishErase(batch, expiresAt);
      expect(await store.beginErase(batch)).toBeUndefined();
      await store.keepErased(batch, 5);
      expect(await store.create(root)).toBeUndefined();
      await store.endParent({ batch, run: 9, expiresAt });
      expect(await store.reopen(batch, 9)).toBeUndefined();
      expect(await store.read(batch)).toBeUndefined();
      const none = newId();
      expect(await store.beginErase(none)).toBeUndefined();
      await store.finishErase(none, expiresAt);
      expect(await store.create({ ...root, batch: none })).toBeUndefined();
    });

    test('says of a shard no more than that it was erased: nothing is counted in it, and nobody makes it anew', async () => {
      const shard = await storedShard();
      const store = storeOf();
      expect(await store.eraseShard(shard, expiresAt)).toBe(true);
      expect(await store.eraseShard(shard, expiresAt)).toBe(true);
      expect(await store.add(tally(shard, [1], [1]))).toBeUndefined();
      await store.createShard(shard);
      expect(await shardAt(shard)).toBeUndefined();
      const none = aShard();
      expect(await store.eraseShard(none, expiresAt)).toBe(false);
      await store.createShard(none);
      expect(await shardAt(none)).toBeUndefined();
    });

    test('leaves what newer code has stored to newer code', async () => {
      const root = aNewRoot();
      const { batch, round } = root;
      const shard = aShard({ batch });
      const store = storeOf();
      await newer().root(root);
      await newer().shard(shard);
      for (const call of [
        () => store.read(batch),
        () => store.create(root),
        () => store.shards(batch, round, [0]),
        () => store.add(tally(shard, [1])),
        () => store.addFull({ ...shard, unsuccessful: 0 }),
        () => store.addEarly({ batch, round, kind: 'succeeded', indexes: [1], bound: 1 }),
        () => store.endParent({ batch, run: 1, expiresAt }),
        () => store.reopen(batch, 2),
        () => store.keep({ batch, run: 1, expiresAt }),
        () => store.find(batch),
        () => store.beginRound(root, aStart()),
        () => store.beginErase(batch),
        () => store.eraseShard(shard, expiresAt),
        () => store.finishErase(batch, expiresAt),
      ])
        await expect(call()).rejects.toThrow(NewerVersionError);
    });
  });
}

let aws: LocalAws;
let emulated: BatchStore;

describe('batch store', () => {
  const fake = inMemoryBatches();
  describeBatchStore(
    'InMemoryBatches',
    () => fake,
    () => ({
      root: async (root) => void fake.roots.set(root.batch, { ...root, version: newerVersion }),
      shard: async (shard) => void fake.stored.set(shardKeyOf(shard), { ...shard, version: newerVersion }),
    }),
  );

  beforeAll(async () => {
    aws = await newLocalAws();
    emulated = batchesIn(dynamoDbRecords(aws.dynamoDb, aws.env));
  });
  afterAll(() => aws.stop());
  const put = async (values: Parameters<typeof toAttributes>[0]) => {
    const Item = toAttributes({ ...values, version: newerVersion });
    await aws.dynamoDb.send(new PutItemCommand({ TableName: aws.tableName, Item }));
  };
  describeBatchStore(
    'dynamoDbBatches',
    () => emulated,
    () => ({
      root: (root) => put({ ...root, id: rootKeyOf(root.batch) }),
      shard: (shard) => put({ ...shard, id: shardKeyOf(shard) }),
    }),
  );

  test('a full shard has less than 2 KB, and the root of as many children as there may be less than 8 KB', async () => {
    const [count, tenant] = [maxChildren, 't'.repeat(128)];
    const last = maxChildren / usualShardSize - 1;
    const all = Array.from({ length: usualShardSize }, (_, index) => last * usualShardSize + index);
    const shard = aShard({ tenant, shard: last });
    await emulated.createShard(shard);
    const full = await emulated.add({ ...shard, ended: all, unsuccessful: all });
    expect(sizeOf({ ...full, id: shardKeyOf(shard) })).toBeLessThan(2 * 1024);
    const shards = Array.from({ length: last + 1 }, (_, one) => one);
    const root = aNewRoot({ count, tenant, key: 'k'.repeat(200), full: new Set(shards.map(String)) });
    expect(sizeOf({ ...(await emulated.create(root)), id: rootKeyOf(root.batch) })).toBeLessThan(8 * 1024);
    // One of each shard has failed, or all of them have.
    const failed = new Set(shards.map((one) => `${one}/${usualShardSize}`));
    const worst = { ...root, batch: newId(), fullUnsuccessful: failed };
    expect(sizeOf({ ...(await emulated.create(worst)), id: rootKeyOf(worst.batch) })).toBeLessThan(16 * 1024);
    // Two writes that come at once may each add as many as decide the batch.
    const ends = new Set(Array.from({ length: 2 * maxEarly }, (_, index) => String(count - index - 1)));
    const early = { ...root, batch: newId(), any: maxEarly, earlySucceeded: ends, earlyUnsuccessful: ends };
    expect(sizeOf({ ...(await emulated.create(early)), id: rootKeyOf(early.batch) })).toBeLessThan(10 * 1024);
  });

  test('dynamoDbBatches asks for consistent reads', async () => {
    const requests: unknown[] = [];
    aws.dynamoDb.middlewareStack.add(
      (next) => (args) => {
        requests.push(args.input);
        return next(args);
      },
      { step: 'initialize', name: 'recordReads' },
    );
    await emulated.read(newId());
    await emulated.shards(newId(), 1, [0]);
    aws.dynamoDb.middlewareStack.remove('recordReads');
    expect(requests).toMatchObject([{ ConsistentRead: true }, { ConsistentRead: true }]);
  });

  test('the table is out of reach', async () => {
    const store = batchesIn(dynamoDbRecords(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'nowhere' }));
    const [root, shard] = [aNewRoot(), aShard()];
    for (const call of [
      () => store.read(root.batch),
      () => store.create(root),
      () => store.createShard(shard),
      () => store.shards(root.batch, 1, [0]),
      () => store.add({ ...shard, ended: [1], unsuccessful: [], expiresAt }),
      () => store.addFull({ ...shard, unsuccessful: 0 }),
      () => store.addEarly({ batch: root.batch, round: 1, kind: 'succeeded', indexes: [1], bound: 1 }),
      () => store.endParent({ batch: root.batch, run: 1, expiresAt }),
      () => store.reopen(root.batch, 2),
      () => store.keep({ batch: root.batch, run: 1, expiresAt }),
      () => store.find(root.batch),
      () => store.beginRound(root, aStart()),
    ])
      await expect(call()).rejects.toThrow(StoreUnavailableError);
  });
});
