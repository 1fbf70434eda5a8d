import * as z from 'zod/mini';
import { defined } from '../base/defined.ts';
import { unreachable } from '../base/errors.ts';
import { keyedJobId } from '../base/fingerprint.ts';
import { dayMs } from '../base/schedule-time.ts';
import { sha256 } from '../base/sha256.ts';
import { readableCurrentVersion, stepsVersion } from '../base/version.ts';
import { type ChildOf, jobId } from '../state/job/message.ts';
import { lookAtParentsMs } from '../state/waits/looks.ts';

/**
 * The jobs that a job has spawned under one key. The ends of its children are counted by sets: who comes twice counts
 * once.
 */

export const maxChildren = 100_000;
/** The deepest child has so many ancestors. */
export const maxDepth = 8;
/** So many children share one item that counts their ends: it has less than 2 KB. */
export const usualShardSize = 100;

/** Who cancels a child, or makes it again, as its history names them. */
export const byParent = 'its parent';

/** What becomes of the children that have not ended when their parent has. */
export const childPolicies = ['cancel', 'leave'] as const;
export type ChildPolicy = (typeof childPolicies)[number];

/** The highest number in an early condition: the root has a set of the ends that count for it. */
export const maxEarly = 100;
/** So many children can be asked for again one by one in a round. */
export const maxAgain = 100;

/** Indexes, or numbers of shards: the table has sets of texts. */
const numbers = z.optional(z.set(z.string()));

/** The parent goes on as soon as `any` children have succeeded, or more than `tolerate` have not: see ADR 90. */
const earlyConditions = { any: z.optional(z.int()), tolerate: z.optional(z.int()) };

/** The root of a batch, as the table has it. Times are epoch milliseconds, except `expiresAt`. */
export const batchRoot = z.object({
  batch: jobId,
  version: readableCurrentVersion,
  tenant: z.string(),
  parent: jobId,
  key: z.string(),
  type: z.string(),
  count: z.int(),
  shardSize: z.int(),
  depth: z.int(),
  /** That of each of its children, if their type spawns jobs. */
  allowance: z.optional(z.int()),
  /** Those that the parent and its ancestors are in: its children, and theirs, may be in none of them. */
  groups: z.optional(z.array(z.string())),
  whenParentEnds: z.enum(childPolicies),
  ...earlyConditions,
  /** The ids of the children are derived from it: nobody else can compute them. */
  secret: z.string(),
  createdAt: z.int(),
  /** 1, and one more each time that those which did not succeed are made again. It is the `run` of their messages. */
  round: z.int(),
  /** When this round began. Absent in the first one, which began with the batch. */
  roundAt: z.optional(z.int()),
  /** The run of the parent that has asked for the batch last. */
  parentRun: z.int(),
  /** A later run of the parent has asked for it: once all have ended, those that did not succeed are made again. */
  retries: z.optional(z.literal(true)),
  /** The indexes of those that somebody has asked for one by one: once all have ended, only these are made again. */
  again: numbers,
  /**
   * This round has made only some of them again: others that did not succeed in an earlier round count as they did in
   * that.
   */
  isPartial: z.optional(z.literal(true)),
  /** The shards all of whose children have ended in this round. */
  full: numbers,
  /**
   * Each of them in which some did not succeed, and how many: see `fullTextOf`. They are known for longer than the
   * shard is kept.
   */
  fullUnsuccessful: numbers,
  /**
   * The indexes that count for `any` and for `tolerate` in this round: no more are added once they decide the batch.
   */
  earlySucceeded: numbers,
  earlyUnsuccessful: numbers,
  /** When somebody has last looked whether messages of children are lost. */
  lookedAt: z.optional(z.int()),
  /** Since when the parent is to look for lost children: later than `lookedAt` until it has. */
  wantedAt: z.optional(z.int()),
  /**
   * The indexes of some children that were silent at that look: none of them has moved at the next one if the queue has
   * lost them.
   */
  silent: numbers,
  /**
   * So many looks of the parent in a row were not followed by a child that moved: each makes the pause twice as long.
   */
  vain: z.optional(z.int()),
  /** The run of the parent that has ended, and with which its children end. */
  endedRun: z.optional(z.int()),
  /** It is being erased, and the shards below this one are: nobody but who goes on with that sees it any more. */
  erasedTo: z.optional(z.int()),
  /** Epoch seconds. Set when the parent has ended, and moved when it is to run again. */
  expiresAt: z.optional(z.int()),
});
export type BatchRoot = z.infer<typeof batchRoot>;

/** One shard of a round of a batch. */
export const batchShard = z.object({
  batch: jobId,
  version: readableCurrentVersion,
  tenant: z.string(),
  round: z.int(),
  shard: z.int(),
  /** How many children it has. */
  size: z.int(),
  /** Those of the root: who counts an end knows by them whether the root has to be told of it. */
  ...earlyConditions,
  /** The indexes of those that have ended, and of those of them that did not succeed. */
  ended: numbers,
  unsuccessful: numbers,
  /** Epoch seconds. */
  expiresAt: z.int(),
});
export type BatchShard = z.infer<typeof batchShard>;

/** Which shard of which round of a batch. */
export type ShardKey = Pick<BatchShard, 'batch' | 'round' | 'shard'>;

/** A shard all of whose children have ended, and how many of them did not succeed. */
export interface FullShard extends Pick<BatchShard, 'shard'> {
  readonly unsuccessful: number;
}

type Shape = Pick<BatchRoot, 'count' | 'shardSize'>;

/** The numbers of the shards. */
export const shardsOf = ({ count, shardSize }: Shape): readonly number[] =>
  Array.from({ length: Math.ceil(count / shardSize) }, (_, shard) => shard);
export const shardOf = ({ shardSize }: Shape, index: number): number => Math.floor(index / shardSize);
/** The indexes of the children of a shard. */
export const indexesOf = ({ count, shardSize }: Shape, shard: number): readonly number[] =>
  Array.from(
    { length: Math.min(shardSize, count - shard * shardSize) },
    (_, place) => shard * shardSize + place,
  );

export const isFull = ({ ended, size }: Pick<BatchShard, 'ended' | 'size'>): boolean =>
  (ended?.size ?? 0) >= size;
/**
 * Whether all children of a shard have ended. A later round has no item for one all of whose children had succeeded
 * before.
 */
export const isFullIn = ({ full }: Pick<BatchRoot, 'full'>, shard: number): boolean =>
  full?.has(String(shard)) ?? false;
/** What the root keeps of a full shard; undefined if all have succeeded in it. */
export const fullTextOf = ({ shard, unsuccessful }: FullShard): string | undefined =>
  unsuccessful > 0 ? `${shard}/${unsuccessful}` : undefined;
/** How many did not succeed, by the numbers of the full shards in which some did not. */
export function unsuccessfulIn({
  fullUnsuccessful = new Set(),
}: Pick<BatchRoot, 'fullUnsuccessful'>): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const text of fullUnsuccessful) {
    const [shard = 0, unsuccessful = 0] = text.split('/').map(Number);
    found.set(shard, Math.max(unsuccessful, found.get(shard) ?? 0));
  }
  return found;
}
/** Whether all children have ended. */
export const isOver = (root: Shape & Pick<BatchRoot, 'full'>): boolean =>
  (root.full?.size ?? 0) >= shardsOf(root).length;

export type EarlyConditions = Pick<BatchRoot, 'any' | 'tolerate'>;
/** The two kinds of ends, each of which may decide a batch early. */
export const endKinds = ['succeeded', 'unsuccessful'] as const;
export type EndKind = (typeof endKinds)[number];

/** So many ends of a kind decide the batch; undefined if none do. */
export const earlyBoundOf = ({ any, tolerate }: EarlyConditions, kind: EndKind): number | undefined => {
  if (kind === 'succeeded') return any;
  return tolerate === undefined ? undefined : tolerate + 1;
};
/** The indexes that count for the early condition of a kind so far. */
export const earlyEndsOf = (
  root: Pick<BatchRoot, 'earlySucceeded' | 'earlyUnsuccessful'>,
  kind: EndKind,
): ReadonlySet<string> => (kind === 'succeeded' ? root.earlySucceeded : root.earlyUnsuccessful) ?? new Set();
/**
 * Whether a shard that is open to the root has an end that the root was to be told of: that the shard is full, or an
 * end that counts for an early condition. The process that has added the end may be about to tell, or has died.
 */
export const rootLacksEnds = (
  root: BatchRoot,
  { size, ended = new Set(), unsuccessful }: BatchShard,
): boolean =>
  ended.size >= size ||
  endKinds.some((kind) => {
    if (earlyBoundOf(root, kind) === undefined) return false;
    const known = earlyEndsOf(root, kind);
    const isOf = (index: string) => (unsuccessful?.has(index) ?? false) === (kind === 'unsuccessful');
    return [...ended].some((index) => isOf(index) && !known.has(index));
  });
const isReached = (root: BatchRoot, kind: EndKind): boolean =>
  earlyEndsOf(root, kind).size >= (earlyBoundOf(root, kind) ?? Number.POSITIVE_INFINITY);

/**
 * Whether the parent may go on. If what did not succeed is to be made again, more than `tolerate` decide nothing: the
 * next round begins when all have ended.
 */
export const isDecided = (root: BatchRoot): boolean =>
  isOver(root) || isReached(root, 'succeeded') || (isReached(root, 'unsuccessful') && !isMadeAgain(root));
/** Whether another round begins once all have ended, if some did not succeed. */
export const isMadeAgain = (root: Pick<BatchRoot, 'retries' | 'again' | 'endedRun' | 'parentRun'>): boolean =>
  root.retries === true || root.again !== undefined || isEnded(root);

type NextRound = Pick<BatchRoot, 'round' | 'retries' | 'again'>;

/** Whether the next round makes again only those that were asked for one by one. */
export const asksForSome = ({ retries, again }: Pick<NextRound, 'retries' | 'again'>): boolean =>
  retries !== true && again !== undefined;
/**
 * The number of the next round. Where some were asked for, and then all, another number is that of the round of all: a
 * worker that was cut off may have made shards of the round of some, and the two differ in what their shards begin
 * with.
 */
export const roundAfter = ({ round, retries, again }: NextRound): number =>
  round + (retries === true && again !== undefined ? 2 : 1);

/**
 * Whether it may still be asked for that those which do not succeed are made again: a reader that sees its end
 * afterwards sees that, too. The table holds the same in its condition: `askAgain` in batches.ts.
 */
export const isUndecided = (root: BatchRoot): boolean => !isDecided(root) && !isEnded(root);
/**
 * Whether its children are not to run any more, because their parent has ended. A later run of the parent may end
 * without having asked for the batch: that is an end of it, too.
 */
export const isEnded = ({ endedRun = 0, parentRun }: Pick<BatchRoot, 'endedRun' | 'parentRun'>): boolean =>
  endedRun >= parentRun;

/** When the round began in which a batch is. The messages of its children have this time. */
export const roundAtOf = ({ roundAt, createdAt }: Pick<BatchRoot, 'roundAt' | 'createdAt'>): number =>
  roundAt ?? createdAt;
/**
 * When the next round begins: after the one before, by whatever clock. A child that is made again when its item has
 * expired gets its first fencing token from this time, which must be higher than those that it had.
 */
export const nextRoundAt = (root: Pick<BatchRoot, 'roundAt' | 'createdAt'>, now: number): number =>
  Math.max(now, roundAtOf(root) + 1);

/** A parent that waits is looked at so often, and its batch then, or at the next time. */
export const lookEveryMs = lookAtParentsMs;
const minPauseMs = (3 / 4) * lookEveryMs;

/** The last time at which no message was lost, as far as anybody knows. */
export const lookedAtOf = ({
  lookedAt = 0,
  ...root
}: Pick<BatchRoot, 'createdAt' | 'roundAt' | 'lookedAt'>): number => Math.max(lookedAt, roundAtOf(root));
/** Whether its parent is to look for children whose messages are lost. */
export const isLookWanted = (root: Shape & Pick<BatchRoot, 'full' | 'lookedAt' | 'wantedAt'>): boolean =>
  !isOver(root) && (root.wantedAt ?? 0) > (root.lookedAt ?? 0);
/** Whether it is time to look whether messages of its children are lost. `now`: epoch milliseconds. */
export const isTimeToLook = (root: BatchRoot, now: number): boolean =>
  isLookWanted(root) ||
  (!isOver(root) && now - lookedAtOf(root) >= Math.min(minPauseMs * 2 ** (root.vain ?? 0), dayMs));
/** By the clock of the process that has asked for a look, which may be ahead of the one here. */
export const lookedNow = ({ wantedAt = 0 }: Pick<BatchRoot, 'wantedAt'>, now: number): number =>
  Math.max(now, wantedAt);
/** The same of the process that asks for one. */
export const wantedNow = ({ lookedAt = 0 }: Pick<BatchRoot, 'lookedAt'>, now: number): number =>
  Math.max(now, lookedAt + 1);

/** The same in every attempt: a job has one batch under a key. */
export const batchIdOf = (parent: string, key: string): string => keyedJobId(parent, 'batch', key);
export const childIdOf = ({ secret }: Pick<BatchRoot, 'secret'>, index: number): string =>
  keyedJobId(secret, 'child', String(index));
/** What the message and the item of a child say of its parent. */
export const childPlaceOf = (root: BatchRoot, index: number): ChildOf => ({
  ...{ id: root.parent, batch: root.batch, index, shard: shardOf(root, index) },
  depth: root.depth,
  ...defined({ allowance: root.allowance, groups: root.groups }),
  ...(root.whenParentEnds === 'leave' ? { leave: true } : {}),
});

/** What there is of a root. `erased`: also if it is being erased. `gone`: it has expired. */
export type RootState =
  | { readonly kind: 'there'; readonly root: BatchRoot }
  | { readonly kind: 'erased' }
  | { readonly kind: 'gone' };

/**
 * Whether a child may run, as far as its batch says. One that is left by its parent may live for longer than the root.
 */
export function mayRun({ leave }: Pick<ChildOf, 'leave'>, state: RootState): boolean {
  switch (state.kind) {
    case 'there':
      return !isEnded(state.root);
    case 'erased':
      return false;
    case 'gone':
      return leave === true;
    default:
      return unreachable(state);
  }
}

/** A message that was sent is in its queue for so long at most. */
export const maxQueuedMs = 14 * dayMs;
/** Longer than the longest wait, which is 366 days: a parent finds at its end what it has waited for. */
const keepMs = 400 * dayMs;
/** Epoch seconds: until when a root is kept whose parent is about to run again. @param now epoch milliseconds */
export const rootExpiryOf = (now: number): number => Math.ceil((now + keepMs) / 1000);
/** Whether a root would expire while its parent waits, if it is not kept for longer. @param now epoch milliseconds */
export const expiresTooSoon = (
  { expiresAt = Number.POSITIVE_INFINITY }: Pick<BatchRoot, 'expiresAt'>,
  now: number,
) => expiresAt < rootExpiryOf(now - keepAgainMs);
/** A root is kept for longer again after this time: with what is left then, its parent may wait for longest. */
const keepAgainMs = 20 * dayMs;
/**
 * Epoch seconds: when a shard expires that was made now, or to which an end was added now. It has its count for at
 * least as long as its children are kept.
 * @param now epoch milliseconds
 */
export const shardExpiryOf = (now: number, keepChildrenMs = 0): number =>
  Math.ceil((now + Math.max(keepChildrenMs, keepMs)) / 1000);
/** A shard of the round of a root. @param now epoch milliseconds */
export const newShard = (
  { batch, tenant, round, any, tolerate }: BatchRoot,
  own: Pick<BatchShard, 'shard' | 'size' | 'ended' | 'unsuccessful'>,
  now: number,
): BatchShard => ({
  ...{ batch, version: stepsVersion, tenant, round },
  expiresAt: shardExpiryOf(now),
  ...defined({ any, tolerate }),
  ...own,
});
/** Of every message of a child, whatever its payload is. */
export const childFingerprintOf = (batch: string, index: number): string => sha256(`${batch}/${index}`);

/** The keys of the items. No id of a job looks like these. */
export const batchKeyPrefix = 'batch/';
export const rootKeyOf = (batch: string): string => `${batchKeyPrefix}${batch}`;
export const shardKeyOf = ({ batch, round, shard }: ShardKey): string =>
  `${batchKeyPrefix}${batch}/${round}/${shard}`;
