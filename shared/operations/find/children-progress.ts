import { type BatchRoot, indexesOf, isFullIn, shardsOf } from '../../domain/children/batch.ts';
import type { BatchEraser } from '../../domain/children/batch-ports.ts';
import type { JobItem, JobProgress } from '../../domain/state/job/item.ts';
import { waitOf } from '../../domain/state/waits/wait.ts';

/** So many shards that are not full are read, those of the lowest indexes: a batch has up to a thousand, and its children start in that order. */
const maxShards = 20;

interface Dependencies {
  readonly batches: Pick<BatchEraser, 'read' | 'shards'>;
}

/**
 * How far a job is that waits for its children. A job that waits for no children costs no call; one that does costs a read for
 * each batch that the job waits for, and one for each shard that is not full, up to 20.
 * @returns what is its progress unless it has reported more; undefined if it does not wait for children
 * @throws StoreUnavailableError, NewerVersionError
 */
export async function childrenProgress(
  item: JobItem,
  { batches }: Dependencies,
): Promise<JobProgress | undefined> {
  const wait = waitOf(item);
  if (wait?.kind !== 'children') return undefined;
  const counts: EndCount[] = [];
  let left = maxShards;
  for (const root of await Promise.all(wait.batches.map((batch) => batches.read(batch)))) {
    if (!root) continue;
    const { full, missing } = shardsIn(root);
    const looked = missing.slice(0, left);
    left -= looked.length;
    const shards = await batches.shards(root.batch, root.round, looked);
    const ended = shards.reduce((sum, shard) => sum + (shard.ended?.size ?? 0), full);
    counts.push({ count: root.count, ended });
  }
  return progressOfChildren(counts);
}

interface EndCount {
  readonly count: number;
  readonly ended: number;
}

/**
 * What the ends of children say as the progress of their parent. In whole percents the state of a job changes a hundred times at
 * the most; of more than a hundred children the message says how many have ended at least.
 */
export function progressOfChildren(counts: readonly EndCount[]): JobProgress {
  const sum = (of: keyof EndCount) => counts.reduce((all, one) => all + one[of], 0);
  const [count, ended] = [sum('count'), sum('ended')];
  const percent = count === 0 ? 0 : Math.floor((100 * ended) / count);
  const said = Math.ceil((percent * count) / 100);
  return { percent, message: `${count > 100 ? 'at least ' : ''}${said} of ${count} children have ended` };
}

/** How many children are in full shards, and which shards are not full. */
function shardsIn(root: BatchRoot) {
  const missing = shardsOf(root).filter((shard) => !isFullIn(root, shard));
  const open = missing.reduce((sum, shard) => sum + indexesOf(root, shard).length, 0);
  return { full: root.count - open, missing };
}
