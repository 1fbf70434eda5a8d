import { shardsOf, usualShardSize } from '../../../shared/domain/children/batch.ts';
import { SeededRandom } from '../../../testkit/play/seeded-random.ts';
import { EndCounts, type ItemWrites, unitsOfRoot } from './child-writes.ts';

/** Parents that spawn at the same time, and how their stage runs the children. */
export interface Families {
  readonly parents: number;
  /** Of each parent. */
  readonly children: number;
  /** Invocations of the worker at a time: the stage's `maximumConcurrency`. */
  readonly concurrency: number;
  readonly batchSize: number;
  /** How long an invocation takes: its children run side by side. */
  readonly seconds: number;
  /** Whether the queue delivers in the order of sending. SQS promises none: at worst, no two of a batch are of one shard. */
  readonly isOrdered: boolean;
  readonly shardSize?: number;
}

/** Of one item, or one value of a partition key, as DynamoDB documents it: units a second. */
export const limits = { writeUnits: 1_000, readUnits: 3_000 };

/** A worker that spawns makes a shard, sends its hundred messages in two rounds of five calls, and stores its cursor, in 50 ms. */
const shardsASecond = 20;
/** The parent's item has up to 2 KB while it spawns. */
const unitsOfParent = 2;

/** What the model says of some families. */
export interface PlayedFamilies {
  /** Until the last child of all has ended. */
  readonly seconds: number;
  /** Of items, with all that their parents write for them. */
  readonly writesPerChild: number;
  /** The item with the most write units in a second, and that with the most read units. */
  readonly hottestWrite: { readonly item: string; readonly units: number };
  readonly hottestRead: { readonly item: string; readonly units: number };
  readonly isThrottled: boolean;
}

/** Plays it second by second. Nothing goes wrong, and no call is refused. */
export function playFamilies(families: Families): PlayedFamilies {
  const model = new Model(families);
  let now = 0;
  for (; model.left > 0; now += 1) model.second();
  return model.result(now + families.seconds);
}

class Hottest {
  item = '';
  units = 0;

  see(item: string, units: number): void {
    if (units > this.units) [this.item, this.units] = [item, units];
  }
}

class Model {
  readonly #families: Families;
  readonly #shape: { readonly count: number; readonly shardSize: number };
  readonly #random = new SeededRandom(1);
  readonly #roots: readonly EndCounts[];
  /** Children whose messages are in the queue: each is the number of its parent, times the children of one, and its index. */
  readonly #queue: number[] = [];
  #head = 0;
  readonly #sentShards: number[];
  #invocations = 0;
  #writes = 0;
  readonly #hottestWrite = new Hottest();
  readonly #hottestRead = new Hottest();
  left: number;

  constructor(families: Families) {
    this.#families = families;
    const { parents, children, shardSize = usualShardSize } = families;
    this.#shape = { count: children, shardSize };
    this.#roots = Array.from({ length: parents }, () => new EndCounts(this.#shape));
    this.#sentShards = Array.from({ length: parents }, () => 0);
    this.left = parents * children;
    // The name of the batch and the plan, in one renewal, and the root. Then: it waits, and is started and claimed again.
    this.#writes = parents * (1 + 1 + 3);
  }

  second(): void {
    const units = new Map<string, number>();
    const add = (item: string, more: number): void => void units.set(item, (units.get(item) ?? 0) + more);
    for (const parent of this.#roots.keys()) this.#send(parent, add);
    const { concurrency, seconds, batchSize } = this.#families;
    this.#invocations = Math.min(this.#invocations + concurrency / seconds, concurrency);
    while (this.#invocations >= 1 && this.#head < this.#queue.length) {
      this.#invocations -= 1;
      this.#run(batchSize, add);
    }
    for (const [item, all] of units) this.#hottestWrite.see(item, all);
    // Each instance reads the root of what it runs once a second.
    for (const [parent, root] of this.#roots.entries())
      this.#hottestRead.see(`root ${parent}`, concurrency * unitsOfRoot(root.full, 4));
  }

  /** Some shards, and the cursor after each. */
  #send(parent: number, add: (item: string, units: number) => void): void {
    const all = shardsOf(this.#shape).length;
    for (let made = 0; made < shardsASecond && (this.#sentShards[parent] ?? 0) < all; made += 1) {
      const shard = this.#sentShards[parent] ?? 0;
      this.#sentShards[parent] = shard + 1;
      const { count, shardSize } = this.#shape;
      const end = Math.min(count, (shard + 1) * shardSize);
      for (let index = shard * shardSize; index < end; index += 1) this.#queue.push(parent * count + index);
      add(`shard ${shard} of ${parent}`, 1);
      add(`parent ${parent}`, unitsOfParent);
      this.#writes += 2;
    }
  }

  #take(): number {
    const at = this.#head;
    this.#head += 1;
    const first = this.#queue[at] ?? 0;
    if (this.#families.isOrdered) return first;
    const other = at + this.#random.below(this.#queue.length - at);
    const taken = this.#queue[other] ?? 0;
    this.#queue[other] = first;
    return taken;
  }

  #run(batchSize: number, add: (item: string, units: number) => void): void {
    const of = new Map<number, number[]>();
    for (let taken = 0; taken < batchSize && this.#head < this.#queue.length; taken += 1) {
      const child = this.#take();
      const parent = Math.floor(child / this.#shape.count);
      of.set(parent, [...(of.get(parent) ?? []), child % this.#shape.count]);
      this.left -= 1;
      // Claimed, and ended.
      this.#writes += 2;
    }
    for (const [parent, indexes] of of) {
      const root = this.#roots[parent];
      const { shards, full }: ItemWrites = root?.end(indexes) ?? { shards: [], full: [] };
      for (const shard of shards) add(`shard ${shard} of ${parent}`, 1);
      for (const _ of full) add(`root ${parent}`, unitsOfRoot(root?.full ?? 0, 1));
      this.#writes += shards.length + full.length;
    }
  }

  result(seconds: number): PlayedFamilies {
    const { parents, children } = this.#families;
    const [hottestWrite, hottestRead] = [this.#hottestWrite, this.#hottestRead];
    return {
      seconds,
      writesPerChild: Math.round((this.#writes / (parents * children)) * 1_000) / 1_000,
      hottestWrite: { ...hottestWrite },
      hottestRead: { ...hottestRead },
      isThrottled: hottestWrite.units > limits.writeUnits || hottestRead.units > limits.readUnits,
    };
  }
}
