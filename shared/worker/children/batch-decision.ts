import type { SettledChildren } from '../../author/handler.ts';
import { defined } from '../../domain/base/defined.ts';
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
  unsuccessfulIn,
} from '../../domain/children/batch.ts';
import type { RoundStart } from '../../domain/children/batch-ports.ts';
import type { BatchRecord } from '../../domain/state/stored/saved-steps.ts';

/** What the shards of a batch say, whose parent may go on. */
export interface BatchEnds {
  readonly succeeded: readonly number[];
  readonly unsuccessful: ReadonlySet<number>;
}

/** The shards that say more than the root does: those that are not full, and those in which some did not succeed. */
export function shardsToRead(root: BatchRoot): readonly number[] {
  const unsuccessful = unsuccessfulIn(root);
  return shardsOf(root).filter((shard) => !isFullIn(root, shard) || unsuccessful.has(shard));
}

/** The indexes of the children of a shard that have ended, ascending. @param found undefined of a full one */
export function endedOf(root: BatchRoot, shard: number, found: BatchShard | undefined): readonly number[] {
  if (isFullIn(root, shard)) return indexesOf(root, shard);
  return [...(found?.ended ?? [])].map(Number).sort((one, other) => one - other);
}

/** @param shards as `shardsToRead` says, of its round, without order */
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

/**
 * Which of those that did not succeed the next round makes again: all of them, or those that were asked for one by one.
 */
const againIn = (root: BatchRoot, unsuccessful: ReadonlySet<number>): ReadonlySet<number> =>
  asksForSome(root)
    ? new Set([...unsuccessful].filter((index) => root.again?.has(String(index))))
    : unsuccessful;

/** What the next round begins with. */
interface RoundPlan extends Omit<RoundStart, 'at'> {
  /** Shards with what has ended in them from the beginning. One in which all have succeeded needs no item. */
  readonly shards: readonly Pick<BatchShard, 'shard' | 'size' | 'ended' | 'unsuccessful'>[];
}

/** Those that are not made again count in the next round as they do in this one. */
export function planRound(root: BatchRoot, { succeeded, unsuccessful }: BatchEnds): RoundPlan {
  const again = againIn(root, unsuccessful);
  const left = [...unsuccessful].filter((index) => !again.has(index));
  const leftIn = (shard: number) => left.filter((index) => shardOf(root, index) === shard);
  const open = new Set([...again].map((index) => shardOf(root, index)));
  const stored = new Set([...open, ...left.map((index) => shardOf(root, index))]);
  return {
    shards: [...stored].map((shard) => {
      const indexes = indexesOf(root, shard);
      const own = (all: readonly number[]) => (all.length > 0 ? new Set(all.map(String)) : undefined);
      const ended = own(indexes.filter((index) => !again.has(index)));
      const failed = own(leftIn(shard));
      return { shard, size: indexes.length, ...defined({ ended, unsuccessful: failed }) };
    }),
    full: shardsOf(root)
      .filter((shard) => !open.has(shard))
      .map((shard) => ({ shard, unsuccessful: leftIn(shard).length })),
    early: {
      // Of those that have succeeded, there are fewer than `any` asks for.
      succeeded: root.any === undefined ? [] : succeeded,
      unsuccessful: left.slice(0, earlyBoundOf(root, 'unsuccessful') ?? 0),
    },
  };
}

type Decision = NonNullable<BatchRecord['settled']>;

/**
 * What the root alone says, where nobody has to know which children did not succeed.
 * @returns undefined if somebody has to
 */
export const decisionByRoot = (root: BatchRoot, run: number): Decision | undefined =>
  isOver(root) && !isMadeAgain(root) && root.any === undefined
    ? { run, unsuccessful: [...unsuccessfulIn(root).values()].reduce((sum, one) => sum + one, 0) }
    : undefined;

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
