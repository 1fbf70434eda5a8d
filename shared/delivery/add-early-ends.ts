import {
  type BatchRoot,
  type BatchShard,
  type EndKind,
  earlyBoundOf,
  earlyEndsOf,
  endKinds,
} from '../domain/children/batch.ts';
import type { BatchTally, Tally } from '../domain/children/batch-ports.ts';

/**
 * Tells the root of ends that count for an early condition of their batch. They must be in their shard before: a parent
 * that finds the batch decided looks for them there. Who finds the root with as many as decide it tells the parent,
 * too: who has added the last one may have died before that.
 * @param shard as it is with these ends
 * @returns the root as it is then; undefined if none of them counts, if it is gone, or if another round has begun
 * @throws StoreUnavailableError, NewerVersionError
 */
export async function addEarlyEnds(
  shard: BatchShard,
  ends: Ends,
  { batches }: { readonly batches: Pick<BatchTally, 'read' | 'addEarly'> },
): Promise<BatchRoot | undefined> {
  const { batch, round } = shard;
  let root: BatchRoot | undefined;
  for (const kind of endKinds) {
    const [indexes, bound] = [indexesOfKind(ends, kind), earlyBoundOf(shard, kind)];
    if (bound === undefined || indexes.length === 0) continue;
    root ??= await batches.read(batch);
    if (root?.round !== round) return undefined;
    const known = earlyEndsOf(root, kind);
    const lacking = indexes
      .filter((index) => !known.has(String(index)))
      .slice(0, Math.max(0, bound - known.size));
    if (lacking.length === 0) continue;
    const added = await batches.addEarly({ batch, round, kind, indexes: lacking, bound });
    root = added ?? (await batches.read(batch));
  }
  return root?.round === round ? root : undefined;
}

type Ends = Pick<Tally, 'ended' | 'unsuccessful'>;

/** All ends that a shard has. */
export const endsOfShard = ({ ended = new Set(), unsuccessful = new Set() }: BatchShard): Ends => ({
  ended: [...ended].map(Number),
  unsuccessful: [...unsuccessful].map(Number),
});

function indexesOfKind({ ended, unsuccessful }: Ends, kind: EndKind): readonly number[] {
  if (kind === 'unsuccessful') return unsuccessful;
  const others = new Set(unsuccessful);
  return ended.filter((index) => !others.has(index));
}
