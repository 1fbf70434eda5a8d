import { type BatchRoot, indexesOf, shardsOf } from '../domain/children/batch.ts';
import type { BatchEraser } from '../domain/children/batch-ports.ts';
import type { JobReader } from '../domain/state/ports.ts';
import { findJob, type JobOfTenant } from './find-job.ts';

/** How far the children of a job are. */

type ReadBatches = Pick<BatchEraser, 'read' | 'shards'>;

interface BatchDependencies {
  readonly store: JobReader;
  readonly batches: ReadBatches;
}

/** How many of the children of a batch have ended in its current round, and how many of those did not succeed. */
export interface BatchCount extends Pick<BatchRoot, 'key' | 'type' | 'count'> {
  readonly ended: number;
  readonly unsuccessful: number;
}

/**
 * Counts the children of a job, batch by batch, in the order in which it spawned them.
 * @throws JobNotFoundError, StoreUnavailableError, NewerVersionError
 */
export async function listBatches(
  which: JobOfTenant,
  { store, batches }: BatchDependencies,
): Promise<readonly BatchCount[]> {
  const job = await findJob(which, { store });
  const found = await Promise.all([...(job.batches ?? [])].map((batch) => batches.read(batch)));
  const roots = found.flatMap((root) => root ?? []);
  roots.sort((one, other) => one.createdAt - other.createdAt || (one.key < other.key ? -1 : 1));
  const counts: BatchCount[] = [];
  // One after the other: each may have a thousand shards.
  for (const root of roots) counts.push(await countOf(root, batches));
  return counts;
}

async function countOf(root: BatchRoot, batches: ReadBatches): Promise<BatchCount> {
  const { key, type, count, batch, round } = root;
  const shards = await batches.shards(batch, round, shardsOf(root));
  const isKnownFull = isFullIn(root);
  const full = shardsOf(root).filter(isKnownFull);
  const others = shards.filter(({ shard }) => !isKnownFull(shard));
  return {
    ...{ key, type, count },
    ended:
      sum(full.map((shard) => indexesOf(root, shard).length)) + sum(others.map(({ ended }) => sizeOf(ended))),
    unsuccessful: sum(shards.map(({ unsuccessful }) => sizeOf(unsuccessful))),
  };
}

/** A later round has no item for a shard all of whose children had succeeded before: the root alone knows that it is full. */
const isFullIn =
  ({ full }: BatchRoot) =>
  (shard: number): boolean =>
    full?.has(String(shard)) ?? false;

const sizeOf = (set: ReadonlySet<string> | undefined): number => set?.size ?? 0;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
