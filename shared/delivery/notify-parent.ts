import type { Clock } from '../domain/base/ports.ts';
import {
  isDecided,
  isFull,
  rootExpiryOf,
  type ShardKey,
  shardExpiryOf,
  shardKeyOf,
} from '../domain/children/batch.ts';
import type { BatchTally } from '../domain/children/batch-ports.ts';
import type { JobItem } from '../domain/state/job/item.ts';
import { hasSucceeded } from '../domain/state/job/transitions.ts';
import { addEarlyEnds, endsOfShard } from './add-early-ends.ts';
import { type WakeDependencies, wakeWaiting } from './wake-dependents.ts';

export interface ParentNotifierDependencies extends WakeDependencies {
  readonly batches: BatchTally;
  readonly clock: Clock;
  readonly keepChildrenMs?: number | undefined;
}

interface Tallying {
  readonly ended: number[];
  readonly unsuccessful: number[];
  readonly written: Promise<void>;
}

/** The jobs of one invocation end at about the same time. A write costs more than this pause. */
const gatherMs = 25;

/**
 * Counts the ends of children, and tells the children of a parent that it has ended. It is one of a process: ends of
 * one shard that come within moments share a write.
 */
export class ParentNotifier {
  readonly #deps: ParentNotifierDependencies;
  readonly #gathering = new Map<string, Tallying>();

  constructor(deps: ParentNotifierDependencies) {
    this.#deps = deps;
  }

  /**
   * Of a child: counts its end. Who completes the count of its batch wakes the parent. Of a parent: says in the roots
   * of its batches that it has ended. Done twice, it counts once.
   * @param item of a job whose end is stored
   * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError; then some of it may be done
   */
  async ended(item: JobItem): Promise<void> {
    const { parent, run, batches = new Set(), expiresAt = 0 } = item;
    if (parent) await this.#count({ batch: parent.batch, round: run, shard: parent.shard }, item);
    for (const batch of batches) await this.#deps.batches.endParent({ batch, run, expiresAt });
  }

  /**
   * Of a parent that has ended, and is to run again: keeps the roots of its batches for longer. It may wait for long
   * before it asks for them, and their time is that of its end. A retry calls this before it makes the next run.
   * @throws StoreUnavailableError, NewerVersionError; then some may be kept
   */
  async runsAgain({ batches = new Set(), run }: JobItem): Promise<void> {
    const expiresAt = rootExpiryOf(this.#deps.clock.now());
    for (const batch of batches) await this.#deps.batches.keep({ batch, run, expiresAt });
  }

  async #count(place: ShardKey, { parent, status }: JobItem): Promise<void> {
    if (!parent) return;
    const key = shardKeyOf(place);
    let tallying = this.#gathering.get(key);
    if (!tallying) {
      tallying = this.#gather(place, { id: parent.id, key });
      this.#gathering.set(key, tallying);
    }
    tallying.ended.push(parent.index);
    if (!hasSucceeded(status)) tallying.unsuccessful.push(parent.index);
    await tallying.written;
  }

  #gather(place: ShardKey, { id, key }: { readonly id: string; readonly key: string }): Tallying {
    const ends = { ended: [] as number[], unsuccessful: [] as number[] };
    const write = async (): Promise<void> => {
      await this.#deps.clock.sleep(gatherMs);
      this.#gathering.delete(key);
      await this.#add(place, id, ends);
    };
    return { ...ends, written: write() };
  }

  /**
   * A full shard is added to the root by each process that sees that it is full: the one that has filled it may have
   * died before that. The shard comes first, then the root.
   */
  async #add(place: ShardKey, parent: string, ends: Pick<Tallying, 'ended' | 'unsuccessful'>): Promise<void> {
    const { batches, clock, keepChildrenMs } = this.#deps;
    const expiresAt = shardExpiryOf(clock.now(), keepChildrenMs);
    const shard = await batches.add({ ...place, ...ends, expiresAt });
    if (!shard) return;
    // Of a full shard, nobody looks for ends that its root was not told of.
    const early = await addEarlyEnds(shard, isFull(shard) ? endsOfShard(shard) : ends, { batches });
    const unsuccessful = shard.unsuccessful?.size ?? 0;
    const root = isFull(shard) ? await batches.addFull({ ...place, unsuccessful }) : early;
    if (root && isDecided(root)) await wakeWaiting(parent, this.#deps, early && place.batch);
  }
}
