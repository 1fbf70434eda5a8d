import { type BatchRoot, earlyBoundOf, earlyEndsOf, endKinds } from '../../shared/domain/children/batch.ts';
import type { BatchStore, EarlyEnds, Tally } from '../../shared/domain/children/batch-ports.ts';
import { readSavedSteps, writeSavedSteps } from '../../shared/domain/state/stored/saved-steps.ts';
import { batches, withoutSecondLook } from './children-mutants.ts';
import type { Mutant } from './mutant.ts';
import { spoiled } from './mutant.ts';
import { byHolder } from './transition-kinds.ts';
import type { World } from './world.ts';

const kindOf = (unsuccessful: readonly number[]) => (unsuccessful.length > 0 ? 'unsuccessful' : 'succeeded');

/** The root is told of an end before its shard has it. */
const rootFirst = batches((store, world) => ({
  add: async (tally) => {
    const { batch, round, ended, unsuccessful } = tally;
    const root = world.batches.roots.get(batch);
    const kind = kindOf(unsuccessful);
    const bound = root && earlyBoundOf(root, kind);
    if (bound !== undefined) await store.addEarly({ batch, round, kind, indexes: ended, bound });
    return store.add(tally);
  },
}));

/** Changes what the process that has counted an end in its shard reads of the root, and tells it. */
const whenCounted = (
  change: (root: BatchRoot, tally: Tally) => BatchRoot | undefined,
  report: (ends: EarlyEnds, world: World) => EarlyEnds = (ends) => ends,
): Mutant['ports'] =>
  batches((store, world) => {
    let counted: Tally | undefined;
    return {
      add: (tally) => {
        counted = tally;
        return store.add(tally);
      },
      read: async (batch) => {
        const tally = counted?.batch === batch ? counted : undefined;
        counted = undefined;
        const root = await store.read(batch);
        return root && tally ? change(root, tally) : root;
      },
      addEarly: (ends) => store.addEarly(report(ends, world)),
    };
  });

const hasEnough = (root: BatchRoot): boolean =>
  endKinds.some(
    (kind) => earlyEndsOf(root, kind).size >= (earlyBoundOf(root, kind) ?? Number.POSITIVE_INFINITY),
  );

/** Of a child that has failed, the root is told that it has succeeded. */
const failedCount = batches((store) => ({
  add: async (tally) => {
    const { batch, round, unsuccessful } = tally;
    const shard = await store.add(tally);
    if (shard?.any !== undefined && unsuccessful.length > 0)
      await store.addEarly({ batch, round, kind: 'succeeded', indexes: unsuccessful, bound: shard.any });
    return shard;
  },
}));

const changeRoot = (
  world: World,
  { batch }: BatchRoot,
  change: Partial<BatchRoot>,
): BatchRoot | undefined => {
  const root = world.batches.roots.get(batch);
  if (root) world.batches.roots.set(batch, { ...root, ...change });
  return world.batches.roots.get(batch);
};

/** What was told in one round is there in the next one. */
const notCleared: (store: BatchStore, world: World) => Partial<BatchStore> = (store, world) => ({
  beginRound: async (root, ...rest) => {
    const { earlyUnsuccessful = new Set<string>() } = root;
    const begun = await store.beginRound(root, ...rest);
    return begun && changeRoot(world, begun, { earlyUnsuccessful });
  },
});

/** A slice stores what is decided, and the next one does not find it. */
const withoutDecision: Mutant['write'] = spoiled(byHolder, ({ set }) => {
  if (typeof set.steps !== 'string') return {};
  const { blocks, records } = readSavedSteps(set.steps);
  const kept = records.map(({ batch, ...record }) => {
    if (!batch) return record;
    const { settled: _, ...others } = batch;
    return { ...record, batch: others };
  });
  return { set: { ...set, steps: writeSavedSteps({ blocks, records: kept }) } };
});

/** Of batches whose parent goes on before all children have ended. */
export const anyMutants: readonly Mutant[] = [
  {
    name: 'a root is told of an end before its shard has it',
    shownBy: 'a job goes on when one of its children has succeeded, while another runs',
    ports: rootFirst,
  },
  {
    name: 'a parent does not look again when it has stored that it waits for any of its children',
    shownBy: 'enough children succeed right before their parent stores that it waits',
    ports: withoutSecondLook,
  },
  {
    name: 'who finds that a root has been told enough tells nobody',
    shownBy: 'a job goes on when one of its children has succeeded, while another runs',
    ports: whenCounted((root) => (hasEnough(root) ? undefined : root)),
  },
  {
    name: 'no end counts for an early condition',
    shownBy: 'a job goes on when one of its children has succeeded, while another runs',
    ports: batches((store) => ({
      createShard: ({ any: _, tolerate: __, ...shard }) => store.createShard(shard),
    })),
  },
  {
    name: 'admission waits until all children have ended, whatever has decided',
    shownBy: 'more children fail than their parent tolerates',
    ports: batches(
      (store) => ({
        read: async (batch) => {
          const root = await store.read(batch);
          if (!root) return undefined;
          const { earlySucceeded: _, earlyUnsuccessful: __, ...others } = root;
          return others;
        },
      }),
      (role) => role === 'admission',
    ),
  },
  {
    name: 'a root is told of ends without bound',
    shownBy: 'two children succeed at once, and are enough',
    ports: batches((store) => ({ addEarly: (ends) => store.addEarly({ ...ends, bound: 1_000 }) })),
  },
  {
    name: 'a child that has failed counts for `any`',
    shownBy: 'too few children succeed, and all have ended',
    ports: failedCount,
  },
  {
    name: 'what was not tolerated in one round is not in the next one either',
    shownBy: 'a job that tolerates no failure fails early, and is retried with its children',
    ports: batches(notCleared),
  },
  {
    name: 'a child that has succeeded does not count in the next round',
    shownBy: 'a child that has succeeded counts when the others are made again',
    ports: batches((store) => ({
      beginRound: (root, { early: { unsuccessful = [] }, ...start }) =>
        store.beginRound(root, { ...start, early: { unsuccessful } }),
    })),
  },
  {
    name: 'an end of an earlier round is not tolerated in this one',
    shownBy: 'an end that was not tolerated is counted late',
    ports: whenCounted(
      (root, { round }) => ({ ...root, round }),
      (ends, world) => ({ ...ends, round: world.batches.roots.get(ends.batch)?.round ?? ends.round }),
    ),
  },
  {
    name: 'who looks for lost children does not tell the root of their ends',
    shownBy: 'the message of a child is lost before the root is told that it has succeeded',
    ports: batches((store) => {
      let hasLooked = false;
      return {
        // Of a batch that is not decided, only who looks for lost children reads the shards.
        shards: async (...all) => {
          hasLooked = true;
          return store.shards(...all);
        },
        addEarly: async (ends) => (hasLooked ? undefined : store.addEarly(ends)),
      };
    }),
  },
  {
    name: 'what is decided of a batch is decided again in the next slice',
    shownBy: 'more children succeed after enough have',
    write: withoutDecision,
  },
];
