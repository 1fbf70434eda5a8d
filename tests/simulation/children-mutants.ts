import {
  type BatchRoot,
  indexesOf,
  isFull,
  isLookWanted,
  isOver,
  newShard,
  shardKeyOf,
  shardsOf,
} from '../../shared/domain/children/batch.ts';
import type { BatchStore } from '../../shared/domain/children/batch-ports.ts';
import { pointerTo } from '../../shared/domain/state/job/pointer.ts';
import type { JobQueue } from '../../shared/domain/state/ports.ts';
import { readSavedSteps, writeSavedSteps } from '../../shared/domain/state/stored/saved-steps.ts';
import type { Mutant, Ports } from './mutant.ts';
import type { World } from './world.ts';

/** Changes how the functions of some roles use the batches. */
export const batches =
  (
    change: (store: BatchStore, world: World, ports: Ports) => Partial<BatchStore>,
    isIt: (role: string) => boolean = () => true,
  ): Mutant['ports'] =>
  (ports, role, world) =>
    isIt(role) ? { ...ports, batches: { ...ports.batches, ...change(ports.batches, world, ports) } } : ports;

const counts = new WeakMap<World, Map<string, number>>();

/** An end that comes twice counts twice. */
const counting = batches((store, world) => ({
  add: async (tally) => {
    const shard = await store.add(tally);
    if (!shard) return undefined;
    const all = counts.get(world) ?? new Map<string, number>();
    counts.set(world, all);
    const key = shardKeyOf(tally);
    all.set(key, (all.get(key) ?? 0) + tally.ended.length);
    return { ...shard, ended: new Set(Array.from({ length: all.get(key) ?? 0 }, (_, at) => String(at))) };
  },
}));

/** The pointer is lost that a parent sends when it has stored that it waits. */
export const withoutSecondLook: Mutant['ports'] = (ports, role, world) =>
  role === 'worker'
    ? {
        ...ports,
        pointers: {
          ...ports.pointers,
          send: async (pointer, ...rest) => {
            const isOwn = world.table.items.get(pointer.id)?.awaits !== undefined;
            const { lastSleep } = sleeping(world);
            if (!(isOwn && lastSleep === pointer.id)) await ports.pointers.send(pointer, ...rest);
            sleeping(world).lastSleep = undefined;
          },
        },
        store: {
          ...ports.store,
          write: async (write) => {
            const item = await ports.store.write(write);
            if (write.transition === 'sleep') sleeping(world).lastSleep = write.id;
            return item;
          },
        },
      }
    : ports;
const sleepers = new WeakMap<World, { lastSleep: string | undefined }>();
const sleeping = (world: World) => {
  const found = sleepers.get(world) ?? { lastSleep: undefined };
  sleepers.set(world, found);
  return found;
};

/** The message of a child is deleted, and its end is counted a moment later. */
const countedAfterwards = batches((store, world, { pointers, store: table }) => ({
  add: async (tally) => {
    const count = async (): Promise<void> => {
      await world.time.pause(100);
      const shard = await store.add(tally);
      const unsuccessful = shard?.unsuccessful?.size ?? 0;
      const root = shard && isFull(shard) ? await store.addFull({ ...tally, unsuccessful }) : undefined;
      const parent = root && isOver(root) ? await table.read(root.parent) : undefined;
      if (parent?.status === 'waiting') await pointers.send(pointerTo(parent));
    };
    void count().catch(() => undefined);
    return undefined;
  },
}));

/** Only who has filled a shard adds it to the root. */
const filledNewly = batches((store, world) => ({
  add: async (tally) => {
    const before = world.batches.stored.get(shardKeyOf(tally))?.ended ?? new Set();
    const isNew = tally.ended.some((index) => !before.has(String(index)));
    const shard = await store.add(tally);
    return isNew ? shard : undefined;
  },
}));

/** An end of an earlier round counts in this one. */
const whateverRound = batches((store, world) => ({
  addFull: (place) =>
    store.addFull({ ...place, round: world.batches.roots.get(place.batch)?.round ?? place.round }),
}));

const isTimeToLook = (_: World, root: BatchRoot | undefined): boolean =>
  root !== undefined && isLookWanted(root);

/** Changes how a worker sends the messages of children that a look has found. */
const sendingInLooks =
  (change: (send: JobQueue['send']) => JobQueue['send']): Mutant['ports'] =>
  (ports, role, world) => {
    if (role !== 'worker') return ports;
    const { queue } = ports;
    const changed = change(queue.send);
    const send: JobQueue['send'] = (message, ...rest) =>
      isTimeToLook(world, world.batches.roots.get(message.parent?.batch ?? ''))
        ? changed(message, ...rest)
        : queue.send(message, ...rest);
    return { ...ports, queue: { ...queue, send } };
  };

const heldBack = new WeakMap<World, (() => Promise<void>)[]>();

/** They are sent when the next write of their parent has stored the cursor, or the root was told. Who has died by then sends none. */
const sentAfterwards: Mutant['ports'] = (ports, role, world) => {
  const held = heldBack.get(world) ?? [];
  heldBack.set(world, held);
  const sendHeld = <T>(after: T): T => {
    for (const send of held.splice(0)) void send().catch(() => undefined);
    return after;
  };
  const hold = sendingInLooks((send) => async (message) => void held.push(() => send(message)));
  const holding = hold?.(ports, role, world) ?? ports;
  const { store, batches: all } = holding;
  const isParent = (id: string) => world.table.items.get(id)?.parent === undefined;
  return {
    ...holding,
    store: {
      ...store,
      write: async (write) => {
        const after = await store.write(write);
        return isParent(write.id) ? sendHeld(after) : after;
      },
    },
    batches: { ...all, noteLook: async (...look) => sendHeld(await all.noteLook(...look)) },
  };
};

/** What is stored of the steps says nothing of a look. */
const withoutCursor: Mutant['ports'] = (ports, role) => {
  if (role !== 'worker') return ports;
  const { store } = ports;
  const forgetful = (text: string): string => {
    const { records, ...blocks } = readSavedSteps(text);
    return writeSavedSteps({
      ...blocks,
      records: records.map(({ batch: { look: _, ...batch } = {}, ...record }) => ({
        ...record,
        ...('type' in batch ? { batch } : {}),
      })),
    });
  };
  return {
    ...ports,
    store: {
      ...store,
      write: ({ set, ...write }) =>
        store.write({ ...write, set: { ...set, ...(set.steps ? { steps: forgetful(set.steps) } : {}) } }),
    },
  };
};

/** An end of before that is told late takes back that the root is kept. */
const lowering = batches((store, world) => ({
  endParent: async (ended) => {
    await store.endParent(ended);
    const root = world.batches.roots.get(ended.batch);
    if (root && root.parentRun <= ended.run)
      world.batches.roots.set(ended.batch, { ...root, expiresAt: ended.expiresAt });
  },
}));

/** A shard that has expired is one in which nobody has failed. */
const assumed = batches((store, world) => ({
  shards: async (batch, round, shards) => {
    const found = await store.shards(batch, round, shards);
    const root = world.batches.roots.get(batch);
    const lacking = shards.filter((shard) => !found.some((one) => one.shard === shard));
    if (!root) return found;
    return [
      ...found,
      ...lacking.map((shard) => {
        const indexes = indexesOf(root, shard);
        const ended = new Set(indexes.map(String));
        return newShard({ ...root, round }, { shard, size: indexes.length, ended }, world.time.now);
      }),
    ];
  },
}));

const isWorker = (role: string): boolean => role === 'worker';
const keepingNone = (isIt?: (role: string) => boolean) => batches(() => ({ keep: async () => {} }), isIt);
const late = 'a job is retried on its last day, and waits before it asks for its children';

/** Of days, in which items expire. */
const lateMutants: readonly Mutant[] = [
  {
    name: 'a child that is left ends when the root of its batch has expired',
    shownBy: 'a child outlives the root of its batch',
    ports: batches((store) => ({
      find: async (batch) => {
        const state = await store.find(batch);
        return state.kind === 'gone' ? { kind: 'erased' } : state;
      },
    })),
  },
  {
    name: 'the messages of each round have the time of the batch',
    shownBy: 'a child has expired when it is made again',
    ports: batches((store) => ({
      beginRound: (root, start) => store.beginRound(root, { ...start, at: root.createdAt }),
    })),
  },
  { name: 'nobody keeps the roots of a job that is to run again', shownBy: late, ports: keepingNone() },
  {
    name: 'who receives the message of a next run keeps no root',
    shownBy: late,
    ports: keepingNone(isWorker),
  },
  {
    name: 'the root of a run that was revived is kept once',
    shownBy:
      'a job is canceled between two attempts, retried at once, and waits for longer than its root was kept',
    ports: keepingNone(isWorker),
  },
  {
    name: 'an end that is told late takes back that a root is kept',
    shownBy: 'a job is retried at once, and waits before it asks for its children',
    ports: lowering,
  },
  {
    name: 'a root does not know how many have failed',
    shownBy: 'a job waits for longer than the shards of its children are kept',
    ports: batches((store) => ({ addFull: (full) => store.addFull({ ...full, unsuccessful: 0 }) })),
  },
  {
    name: 'a shard that has expired is one in which all have succeeded',
    shownBy: 'a job waits for longer than the shards of its children are kept',
    ports: assumed,
  },
];

/** Of jobs that spawn jobs. */
export const childrenMutants: readonly Mutant[] = [
  ...lateMutants,
  {
    name: 'ends of children are counted, and not put into sets',
    shownBy: 'a job waits for three children, of which one fails',
    ports: counting,
  },
  {
    name: 'a parent does not look once more when it has stored that it waits',
    shownBy: 'all children end right before their parent stores that it waits',
    ports: withoutSecondLook,
  },
  {
    name: 'the message of a child is deleted before its end is counted',
    shownBy: 'a job waits for three children, of which one fails',
    ports: countedAfterwards,
  },
  {
    name: 'only who has filled a shard adds it to the root',
    shownBy: 'a job waits for three children, of which one fails',
    ports: filledNewly,
  },
  {
    name: 'a late end of an earlier round counts',
    shownBy: 'an end of the first round is counted late',
    ports: whateverRound,
  },
  {
    name: 'the end of a child by its dead letter is not counted',
    shownBy: 'the message of a child is a dead letter',
    ports: batches(
      () => ({ add: async () => undefined }),
      (role) => role === 'dead-letter',
    ),
  },
  {
    name: 'children are not told that their parent has ended',
    shownBy: 'a job is canceled while its children run',
    ports: batches(() => ({ endParent: async () => {} })),
  },
  {
    name: 'the end of a run that has not asked for its children says that they go on',
    shownBy: 'a job is canceled while its children wait, and its retry ends before it asks for them',
    ports: batches((store) => ({
      find: async (batch) => {
        const state = await store.find(batch);
        if (state.kind !== 'there' || state.root.parentRun >= (state.root.endedRun ?? 0)) return state;
        const { endedRun: _, ...root } = state.root;
        return { kind: 'there', root };
      },
    })),
  },
  {
    name: 'whatever points to a parent starts it',
    shownBy: 'a job waits for three children, of which one fails',
    ports: batches(
      (store) => ({
        read: async (batch) => {
          const root = await store.read(batch);
          return root && { ...root, full: new Set(shardsOf(root).map(String)) };
        },
      }),
      (role) => role === 'admission',
    ),
  },
  {
    name: 'nobody looks for children whose messages are lost',
    shownBy: 'a look for lost children is longer than a slice',
    ports: sendingInLooks(() => async () => {}),
  },
  {
    name: 'the cursor of a look is stored before the messages are sent',
    shownBy: 'a look for lost children is longer than a slice',
    ports: sentAfterwards,
  },
  {
    name: 'a look for lost children starts anew in each slice',
    shownBy: 'a look for lost children is longer than a slice',
    ports: withoutCursor,
  },
  {
    name: 'a look for lost children is never complete',
    shownBy: 'a look for lost children is longer than a slice',
    ports: batches(() => ({ noteLook: async () => false })),
  },
  {
    name: 'a look for lost children is noted at its begin, and one that is cut waits for a day',
    shownBy: 'a worker dies in the middle of a look for lost children',
    ports: batches((store, world) => ({
      shards: async (batch, round, shards) => {
        const root = world.batches.roots.get(batch);
        if (root && isTimeToLook(world, root)) await store.noteLook(root, world.time.now, { vain: 0 });
        return store.shards(batch, round, shards);
      },
    })),
  },
  {
    name: 'what is silent once is taken for lost',
    shownBy: 'children that wait behind others for long are not sent again',
    ports: batches((store) => ({
      noteLook: async (root, now, note) => {
        const noted = await store.noteLook(root, now, note);
        const read = note.silent && (await store.read(root.batch));
        if (read) await store.wantLook(read, now);
        return noted;
      },
    })),
  },
  {
    name: 'nobody notes which children were silent',
    shownBy: 'a worker dies in the middle of a look for lost children',
    ports: batches((store) => ({
      noteLook: (root, now, { vain }) => store.noteLook(root, now, { vain }),
    })),
  },
  {
    name: 'a look that is asked for is not stored',
    shownBy: 'lost children are looked for at once when somebody asks for that',
    ports: batches(() => ({ wantLook: async (root) => root })),
  },
  {
    name: 'a look of the parent leaves it asked for',
    shownBy: 'lost children are looked for at once when somebody asks for that',
    ports: batches((store) => ({
      noteLook: (root, now, note) => store.noteLook({ ...root, wantedAt: undefined }, now, note),
    })),
  },
  {
    name: 'a job that died sends again what has ended',
    shownBy: 'a job dies before it notes what it has sent, and goes on when its child has expired',
    ports: batches(
      (store) => ({ createShard: async (shard) => (await store.createShard(shard)) || true }),
      (role) => role === 'worker',
    ),
  },
];
