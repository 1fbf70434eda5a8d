import type { SettledChildren } from '../author/handler.ts';
import { defined } from '../domain/base/defined.ts';
import {
  asksForSome,
  type BatchRoot,
  type BatchShard,
  earlyBoundOf,
  indexesOf,
  isFullIn,
  isMadeAgain,
  isOver,
  shardOf,
  shardsOf,
} from '../domain/children/batch.ts';
import type { EarlyIndexes } from '../domain/children/batch-ports.ts';
import type { BatchRecord } from '../domain/state/saved-steps.ts';

/** What the shards of a batch say, whose parent may go on. */
export interface BatchEnds {
  readonly succeeded: readonly number[];
  readonly unsuccessful: ReadonlySet<number>;
}

/** The indexes of the children of a shard that have ended, ascending. */
export function endedOf(root: BatchRoot, shard: number, found: BatchShard | undefined): readonly number[] {
  if (isFullIn(root, shard)) return indexesOf(root, shard);
  return [...(found?.ended ?? [])].map(Number).sort((one, other) => one - other);
}

/** @param shards those that there are, of its round, without order */
export function endsIn(root: BatchRoot, shards: readonly BatchShard[]): BatchEnds {
  const unsuccessful = new Set(shards.flatMap((shard) => [...(shard.unsuccessful ?? [])].map(Number)));
  const found = new Map(shards.map((one) => [one.shard, one]));
  return {
    unsuccessful,
    succeeded: shardsOf(root)
      .flatMap((shard) => endedOf(root, shard, found.get(shard)))
      .filter((index) => !unsuccessful.has(index)),
  };
}

/** Whether those that did not succeed are made again, before anything is decided. */
export const needsRound = (root: BatchRoot, { succeeded, unsuccessful }: BatchEnds): boolean =>
  isOver(root) &&
  isMadeAgain(root) &&
  againIn(root, unsuccessful).size > 0 &&
  succeeded.length < (root.any ?? Number.POSITIVE_INFINITY);

/** Which of those that did not succeed the next round makes again: all of them, or those that were asked for one by one. */
const againIn = (root: BatchRoot, unsuccessful: ReadonlySet<number>): ReadonlySet<number> =>
  asksForSome(root)
    ? new Set([...unsuccessful].filter((index) => root.again?.has(String(index))))
    : unsuccessful;

/** What the next round begins with. */
interface RoundPlan {
  /** Shards with what has ended in them from the beginning. One in which all have succeeded needs no item. */
  readonly shards: readonly Pick<BatchShard, 'shard' | 'size' | 'ended' | 'unsuccessful'>[];
  /** The shards in which nothing is made again. */
  readonly full: readonly number[];
  readonly early: EarlyIndexes;
}

/** Those that are not made again count in the next round as they do in this one. */
export function planRound(root: BatchRoot, { succeeded, unsuccessful }: BatchEnds): RoundPlan {
  const again = againIn(root, unsuccessful);
  const left = [...unsuccessful].filter((index) => !again.has(index));
  const open = new Set([...again].map((index) => shardOf(root, index)));
  const stored = new Set([...open, ...left.map((index) => shardOf(root, index))]);
  return {
    shards: [...stored].map((shard) => {
      const indexes = indexesOf(root, shard);
      const own = (all: readonly number[]) => (all.length > 0 ? new Set(all.map(String)) : undefined);
      const ended = own(indexes.filter((index) => !again.has(index)));
      const failed = own(left.filter((index) => shardOf(root, index) === shard));
      return { shard, size: indexes.length, ...defined({ ended, unsuccessful: failed }) };
    }),
    full: shardsOf(root).filter((shard) => !open.has(shard)),
    early: {
      // Of those that have succeeded, there are fewer than `any` asks for.
      succeeded: root.any === undefined ? [] : succeeded,
      unsuccessful: left.slice(0, earlyBoundOf(root, 'unsuccessful') ?? 0),
    },
  };
}

type Decision = NonNullable<BatchRecord['settled']>;

/**
 * What is stored of a batch when its parent goes on. The shards have at least the ends that have decided it.
 * @param before of an earlier run: what `any` was met by then still has succeeded
 */
export function decisionOf(
  { any, count }: BatchRoot,
  { succeeded, unsuccessful }: BatchEnds,
  { run, before }: { readonly run: number; readonly before: Decision | undefined },
): Decision {
  const isEarly = succeeded.length + unsuccessful.size < count;
  const isMet = any !== undefined && succeeded.length >= any;
  return {
    ...{ run, unsuccessful: unsuccessful.size },
    ...defined({
      succeeded: isEarly ? succeeded.length : undefined,
      counted: before?.counted ?? (isMet ? succeeded.slice(0, any) : undefined),
    }),
  };
}

/** What is said of a batch whose parent has gone on. */
export const settledOf = (count: number, { unsuccessful, succeeded }: Decision): SettledChildren =>
  succeeded === undefined
    ? { succeeded: count - unsuccessful, unsuccessful }
    : { succeeded, unsuccessful, isEarly: true };
