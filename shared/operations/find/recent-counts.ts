import type { Clock } from '../../domain/base/ports.ts';
import { RecentMap } from '../../domain/base/recent-map.ts';
import {
  type BatchRoot,
  type BatchShard,
  indexesOf,
  isFullIn,
  shardsOf,
  unsuccessfulIn,
} from '../../domain/children/batch.ts';
import type { BatchEraser } from '../../domain/children/batch-ports.ts';

/** How many children have ended, and how many of those did not succeed. */
export interface EndCount {
  readonly ended: number;
  readonly unsuccessful: number;
}

/** The count of a round, by the numbers of its shards. A shard in which nobody has ended may be missing. */
export type ShardCounts = ReadonlyMap<number, EndCount>;

/** So old may a count be. */
const maxAgeMs = 2_000;
/** Each has up to a thousand small objects. */
const maxRounds = 100;

interface Recent {
  /** Shards all of whose children have ended: nothing changes in them any more. */
  readonly full: Map<number, EndCount>;
  counts: Promise<ShardCounts>;
  /** When its read was begun. */
  askedAt: number;
}

/**
 * The counts of batches as they were two seconds ago or less: a batch has up to a thousand shards, and many people may
 * look at it. One of a process. A full shard is not read again, since its round changes nothing in it any more, and not
 * at all if its root says so.
 */
export class RecentCounts {
  readonly #batches: Pick<BatchEraser, 'shards'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #recent = new RecentMap<string, Recent>(maxRounds);

  constructor({
    batches,
    clock,
  }: {
    readonly batches: Pick<BatchEraser, 'shards'>;
    readonly clock: Pick<Clock, 'now'>;
  }) {
    this.#batches = batches;
    this.#clock = clock;
  }

  /**
   * Counts the round that runs. @param batches what reads it, if it is to be read now @throws StoreUnavailableError,
   * NewerVersionError
   */
  of(root: BatchRoot, batches = this.#batches): Promise<ShardCounts> {
    const now = this.#clock.now();
    // After an erasure another batch may have the same name.
    const key = `${root.batch}/${root.round}/${root.createdAt}`;
    const known = this.#recent.get(key);
    // The clock may have been set back.
    if (known && Math.abs(now - known.askedAt) < maxAgeMs) return known.counts;
    const full = known?.full ?? new Map<number, EndCount>();
    const recent = { full, counts: countShards(root, full, batches), askedAt: now };
    this.#recent.set(key, recent);
    recent.counts.catch(() => {
      if (this.#recent.get(key) === recent) this.#recent.delete(key);
    });
    return recent.counts;
  }
}

async function countShards(
  root: BatchRoot,
  full: Map<number, EndCount>,
  batches: Pick<BatchEraser, 'shards'>,
): Promise<ShardCounts> {
  const unsuccessful = unsuccessfulIn(root);
  for (const shard of shardsOf(root).filter((one) => isFullIn(root, one)))
    full.set(shard, {
      ended: indexesOf(root, shard).length,
      unsuccessful: unsuccessful.get(shard) ?? 0,
    });
  const missing = shardsOf(root).filter((shard) => !full.has(shard));
  const shards = await batches.shards(root.batch, root.round, missing);
  const found = new Map(shards.map((shard) => [shard.shard, shard]));
  const counts = new Map(full);
  for (const shard of missing) {
    const count = countOf(found.get(shard));
    if (count.ended > 0) counts.set(shard, count);
    if (count.ended >= indexesOf(root, shard).length) full.set(shard, count);
  }
  return counts;
}

const countOf = (found: BatchShard | undefined): EndCount => ({
  ended: found?.ended?.size ?? 0,
  unsuccessful: found?.unsuccessful?.size ?? 0,
});
