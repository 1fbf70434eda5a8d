import type { SettledChildren } from '../author/handler.ts';
import { defined } from '../domain/base/defined.ts';
import {
  type BatchRoot,
  type BatchShard,
  indexesOf,
  isFullIn,
  isMadeAgain,
  isOver,
} from '../domain/children/batch.ts';
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
  const all = Array.from({ length: Math.ceil(root.count / root.shardSize) }, (_, shard) => shard);
  return {
    unsuccessful,
    succeeded: all
      .flatMap((shard) => endedOf(root, shard, found.get(shard)))
      .filter((index) => !unsuccessful.has(index)),
  };
}

/** Whether those that did not succeed are made again, before anything is decided. */
export const needsRound = (root: BatchRoot, { succeeded, unsuccessful }: BatchEnds): boolean =>
  isOver(root) &&
  isMadeAgain(root) &&
  unsuccessful.size > 0 &&
  succeeded.length < (root.any ?? Number.POSITIVE_INFINITY);

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
