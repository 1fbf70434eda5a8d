import { shardOf, usualShardSize } from '../../../shared/domain/children/batch.ts';

/** What the ends of one invocation write: `ParentNotifier` gathers them by shard. A test compares it with that. */
export interface ItemWrites {
  /** The shards that the ends are added to, by one write each. */
  readonly shards: readonly number[];
  /** Those of them that are full now, each of which is added to the root. */
  readonly full: readonly number[];
}

interface Shape {
  readonly count: number;
  readonly shardSize: number;
}

/** The ends of the children of one batch. */
export class EndCounts {
  readonly #shape: Shape;
  readonly #ended = new Map<number, number>();
  /** How many shards are full. */
  full = 0;

  constructor({
    count,
    shardSize = usualShardSize,
  }: { readonly count: number; readonly shardSize?: number }) {
    this.#shape = { count, shardSize };
  }

  /** Children end in one invocation. */
  end(indexes: readonly number[]): ItemWrites {
    const { count, shardSize } = this.#shape;
    const more = new Map<number, number>();
    for (const index of indexes) {
      const shard = shardOf(this.#shape, index);
      more.set(shard, (more.get(shard) ?? 0) + 1);
    }
    const full: number[] = [];
    for (const [shard, ends] of more) {
      const ended = (this.#ended.get(shard) ?? 0) + ends;
      this.#ended.set(shard, ended);
      if (ended >= Math.min(shardSize, count - shard * shardSize)) full.push(shard);
    }
    this.full += full.length;
    return { shards: [...more.keys()], full };
  }
}

/** Without the set of full shards, of which each takes three digits and a byte. */
const bytesOfRoot = 600;
const bytesOfShard = 4;

/** The units of a write (of 1 KB) or a read (of 4 KB) of a root. */
export const unitsOfRoot = (fullShards: number, kilobytes: number): number =>
  Math.ceil((bytesOfRoot + bytesOfShard * fullShards) / (1_024 * kilobytes));
