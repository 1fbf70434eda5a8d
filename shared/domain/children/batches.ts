import type * as z from 'zod/mini';
import { asRead, type Condition, every, type Test } from '../base/condition.ts';
import { NewerVersionError } from '../base/errors.ts';
import type { Fields, Kind, RecordReader, Records, RecordUpdate } from '../base/records.ts';
import { currentVersion, refuseNewerVersion, stepsVersion } from '../base/version.ts';
import {
  asksForSome,
  type BatchRoot,
  batchRoot,
  batchShard,
  earlyBoundOf,
  type FullShard,
  fullTextOf,
  lookedNow,
  maxAgain,
  rootKeyOf,
  roundAfter,
  shardKeyOf,
  shardsOf,
  wantedNow,
} from './batch.ts';
import type { BatchEraser, BatchLooks, BatchReader, BatchStore, RootFinder } from './batch-ports.ts';

/** A root and its shards are items of their own. */
export const batchesKind = {
  id: 'batch/<batch>, batch/<batch>/<round>/<shard>',
  has: 'a batch of [children](children.md), and which of a hundred have ended',
  expires: '400 days after the parent, or the last end',
} as const satisfies Kind;

const readAtATime = 20;

/** For who looks at batches, and changes none: it is small. */
export function batchReader(
  records: RecordReader<'batch'>,
): BatchReader & RootFinder & Pick<BatchLooks, 'shards'> {
  const find: RootFinder['find'] = async (batch) => {
    const state = await findIn(records, { id: rootKeyOf(batch), name: 'read a batch', schema: batchRoot });
    return state.kind === 'there' ? { kind: state.kind, root: state.found } : state;
  };
  return {
    find,
    read: async (batch) => {
      const state = await find(batch);
      return state.kind === 'there' ? state.root : undefined;
    },
    shards: async (batch, round, shards) => {
      const found: z.infer<typeof batchShard>[] = [];
      for (let next = 0; next < shards.length; next += readAtATime) {
        const some = shards.slice(next, next + readAtATime).map((shard) => {
          const id = shardKeyOf({ batch, round, shard });
          return findIn(records, { id, name: 'read shards', schema: batchShard });
        });
        for (const state of await Promise.all(some)) if (state.kind === 'there') found.push(state.found);
      }
      return found;
    },
  };
}

interface Wanted<Schema> {
  readonly id: string;
  /** Of the read. */
  readonly name: string;
  readonly schema: Schema;
}

async function findIn<Schema extends z.ZodMiniType>(
  records: RecordReader<'batch'>,
  { id, name, schema }: Wanted<Schema>,
) {
  const item = await records.read(id, name);
  if (!item) return { kind: 'gone' } as const;
  // A late look at what is left after an erasure, or on the way to it.
  if (item.erased !== undefined || item.erasedTo !== undefined) return { kind: 'erased' } as const;
  return { kind: 'there', found: parsed(item, schema) } as const;
}

/** @throws NewerVersionError; ZodError if it is no such item */
function parsed<Schema extends z.ZodMiniType>(item: Fields | undefined, schema: Schema): z.infer<Schema> {
  refuseNewerVersion(item, 'item');
  return schema.parse(item);
}

type Change = Omit<RecordUpdate, 'returns'>;

/** Roots and shards, behind the `BatchStore` port. */
export function batchesIn(records: Records<'batch'>): BatchStore {
  const reader = batchReader(records);

  /**
   * @returns what is stored after it; undefined if the condition did not hold
   * @throws NewerVersionError: what newer code has stored is not gone
   */
  async function change<Schema extends z.ZodMiniType>(
    id: string,
    schema: Schema,
    made: Change,
  ): Promise<z.infer<Schema> | undefined> {
    const when = every([[{ attribute: 'version', atMost: currentVersion }]], made.when ?? [[]]);
    const { held, item } = await records.write(id, { ...made, when, returns: 'after' });
    if (held) return parsed(item, schema);
    await findIn(records, { id, name: `see why it did not ${made.name}`, schema });
    return undefined;
  }

  const changeAny = (batch: string, made: Change): Promise<BatchRoot | undefined> =>
    change(rootKeyOf(batch), batchRoot, made);

  const changeRoot = (batch: string, made: Change): Promise<BatchRoot | undefined> =>
    changeAny(batch, { ...made, when: every([[notErased]], made.when ?? [[]]) });

  /** @returns whether there was none */
  const create = async (id: string, name: string, set: Fields): Promise<boolean> =>
    (await records.write(id, { name, set, when: [[{ attribute: 'id', absent: true }]] })).held;

  return {
    ...reader,

    create: async (root) => {
      if (await create(rootKeyOf(root.batch), 'create a batch', root)) return root;
      return reader.read(root.batch);
    },

    createShard: (shard) => create(shardKeyOf(shard), 'create a shard', shard),

    add: ({ ended, unsuccessful, expiresAt, ...place }) =>
      change(shardKeyOf(place), batchShard, {
        name: 'count an end',
        set: { expiresAt },
        include: { ended: textsOf(ended), unsuccessful: filled(textsOf(unsuccessful)) },
        // What is left after an erasure has no size.
        when: [[{ attribute: 'size', present: true }]],
      }),

    addFull: ({ batch, round, ...full }) =>
      changeRoot(batch, {
        name: 'add a full shard',
        include: { full: textsOf([full.shard]), fullUnsuccessful: filled(fullTexts([full])) },
        when: [[isRound(round)]],
      }),

    addEarly: ({ batch, round, kind, indexes, bound }) => {
      const attribute = kind === 'succeeded' ? 'earlySucceeded' : 'earlyUnsuccessful';
      return changeRoot(batch, {
        name: 'tell a root of ends',
        include: { [attribute]: textsOf(indexes) },
        when: [[isRound(round), { attribute, absentOrSmallerThan: bound }]],
      });
    },

    endParent: async ({ batch, run, expiresAt }) => {
      const name = 'end a batch';
      const is = (equals: 'cancel' | 'leave'): readonly Test[] => [
        { attribute: 'parentRun', atMost: run },
        { attribute: 'whenParentEnds', equals },
      ];
      const notKept: Test = { attribute: 'expiresAt', absentOrAtMost: expiresAt };
      // Most have to be told of both, by one write.
      const ways: readonly Change[] = [
        { name, set: { expiresAt, endedRun: run }, when: [[...is('cancel'), notKept]] },
        { name, set: { expiresAt }, when: [[...is('leave'), notKept]] },
        { name, set: { endedRun: run }, when: [is('cancel')] },
      ];
      for (const way of ways) if (await changeRoot(batch, way)) return;
    },

    keep: async ({ batch, run, expiresAt }) => {
      await changeRoot(batch, {
        name: 'keep a batch',
        set: { expiresAt },
        when: [
          [
            { attribute: 'parentRun', atMost: run },
            { attribute: 'expiresAt', absentOrLessThan: expiresAt },
          ],
        ],
      });
    },

    reopen: (batch, parentRun) =>
      changeRoot(batch, {
        name: 'reopen a batch',
        set: { parentRun, retries: true },
        remove: ['expiresAt'],
        when: [[{ attribute: 'parentRun', lessThan: parentRun }]],
      }),

    askAgain: (root, index) =>
      changeRoot(root.batch, {
        name: 'ask for a round',
        ...(index === undefined ? { set: { retries: true } } : { include: { again: textsOf([index]) } }),
        when: every([sameRound(root)], undecided(root), index === undefined ? [[]] : roomFor(index)),
      }),

    wantLook: (root, now) =>
      changeRoot(root.batch, {
        name: 'want a look',
        set: { wantedAt: wantedNow(root, now) },
        when: [[isRound(root.round), asRead('lookedAt', root.lookedAt)]],
      }),

    noteLook: async (root, now, { silent = [], vain = 0 }) => {
      const noted = await changeRoot(root.batch, {
        name: 'note a look',
        set: { lookedAt: lookedNow(root, now), vain, silent: filled(textsOf(silent)) },
        remove: silent.length > 0 ? [] : ['silent'],
        when: [[isRound(root.round), asRead('lookedAt', root.lookedAt), asRead('wantedAt', root.wantedAt)]],
      });
      return noted !== undefined;
    },

    beginRound: (root, { at, full, early: { succeeded = [], unsuccessful = [] } }) => {
      const begun = {
        isPartial: asksForSome(root) ? true : undefined,
        full: filled(textsOf(full.map(({ shard }) => shard))),
        fullUnsuccessful: filled(fullTexts(full)),
        earlySucceeded: filled(textsOf(succeeded)),
        earlyUnsuccessful: filled(textsOf(unsuccessful)),
      };
      const left = ['retries', 'again', 'endedRun', 'silent', 'wantedAt'];
      const remove = Object.entries(begun).flatMap(([key, value]) => (value === undefined ? [key] : []));
      return changeRoot(root.batch, {
        name: 'begin a round',
        set: { round: roundAfter(root), roundAt: at, ...begun },
        remove: [...left, ...remove],
        when: [sameRound(root)],
      });
    },

    ...eraser({ records, changeAny }),
  };
}

interface Erasing {
  readonly records: Records<'batch'>;
  /** Changes a root that is being erased, too. */
  changeAny(batch: string, made: Change): Promise<BatchRoot | undefined>;
}

/** All but what says that the item was erased. A function, so that a bundle that only reads leaves it out. */
function erasedAttributes(): readonly string[] {
  const { version: _version, expiresAt: _expiresAt, ...erased } = { ...batchRoot.shape, ...batchShard.shape };
  return Object.keys(erased);
}

/** What is left after an erasure has no secret. */
function eraser({ records, changeAny }: Erasing): Omit<BatchEraser, 'read' | 'shards'> {
  /** Leaves the key alone, and that it was erased. @returns whether there was an item @throws NewerVersionError */
  async function erase(id: string, name: string, expiresAt: number): Promise<boolean> {
    const { held, item } = await records.write(id, {
      name,
      set: { version: stepsVersion, erased: true, expiresAt },
      remove: erasedAttributes(),
      when: [[{ attribute: 'version', absentOrAtMost: currentVersion }]],
      returns: 'before',
    });
    if (!held) throw new NewerVersionError('newer code has stored the batch');
    return item !== undefined;
  }

  return {
    beginErase: (batch) =>
      changeAny(batch, {
        name: 'begin to erase a batch',
        once: { erasedTo: 0 },
        when: [[{ attribute: 'secret', present: true }]],
      }),

    eraseShard: (place, expiresAt) => erase(shardKeyOf(place), 'erase a shard', expiresAt),

    keepErased: async (batch, erasedTo) => {
      await changeAny(batch, {
        name: 'keep what is erased',
        set: { erasedTo },
        when: [[{ attribute: 'erasedTo', lessThan: erasedTo }]],
      });
    },

    finishErase: async (batch, expiresAt) => {
      await erase(rootKeyOf(batch), 'erase a batch', expiresAt);
    },
  };
}

const notErased: Test = { attribute: 'erasedTo', absent: true };
const isRound = (round: number): Test => ({ attribute: 'round', equals: round });
/** Nobody has begun a round, or retried the parent, since the root was read. */
const sameRound = ({ round, parentRun }: BatchRoot): readonly Test[] => [
  isRound(round),
  { attribute: 'parentRun', equals: parentRun },
];

/** So many others were not asked for one by one yet. */
const roomFor = (index: number): Condition => [
  [{ attribute: 'again', absentOrSmallerThan: maxAgain }],
  [{ attribute: 'again', contains: String(index) }],
];

/** What `isUndecided` says. If some are to be made again, more than `tolerate` decide nothing. */
function undecided(root: BatchRoot): Condition {
  const lacks = (attribute: string, bound: number | undefined): readonly Test[] =>
    bound === undefined ? [] : [{ attribute, absentOrSmallerThan: bound }];
  const untolerated = earlyBoundOf(root, 'unsuccessful');
  return every(
    [
      [
        ...lacks('full', shardsOf(root).length),
        ...lacks('earlySucceeded', earlyBoundOf(root, 'succeeded')),
        { attribute: 'endedRun', absentOrLessThan: root.parentRun },
      ],
    ],
    untolerated === undefined
      ? [[]]
      : [lacks('earlyUnsuccessful', untolerated), [{ attribute: 'again', present: true }]],
  );
}

const textsOf = (numbers: readonly number[]): Set<string> => new Set(numbers.map(String));
const fullTexts = (full: readonly FullShard[]): Set<string> =>
  new Set(full.flatMap((one) => fullTextOf(one) ?? []));

/** The table has no empty set. */
const filled = (set: Set<string>): Set<string> | undefined => (set.size > 0 ? set : undefined);
