import { JobNotFoundError, NotFoundError } from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { type BatchRoot, childIdOf, isFullIn, maxQueuedMs, shardOf } from '../../domain/children/batch.ts';
import type { BatchControl } from '../../domain/children/batch-ports.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { isTerminal, type JobStatus } from '../../domain/state/job/transitions.ts';
import type { JobReader } from '../../domain/state/ports.ts';
import { findJob, type JobOfTenant } from './find-job.ts';

/** `expired`: it has ended, and is not kept any longer. `not-sent`: its parent had ended before. */
export type ChildStatus = JobStatus | 'expired' | 'not-sent';

/** One child of a job. */
export interface ChildOfJob extends JobOfTenant {
  /** The id of its batch. */
  readonly batch: string;
  readonly index: number;
}

export interface FoundBatch {
  readonly parent: JobItem;
  readonly root: BatchRoot;
}

export interface FoundChild extends FoundBatch {
  readonly id: string;
  readonly status: ChildStatus;
  /**
   * None before a worker has claimed it, and none of a child that is not kept. That of a round before if it is made
   * again.
   */
  readonly item: JobItem | undefined;
  /** Whether its shard is there: without it the child was not sent. */
  readonly hasShard: boolean;
  /** Whether its end counts in the round that runs, and as one that did not succeed. */
  readonly isCounted: boolean;
  readonly isUnsuccessful: boolean;
}

export interface FindChildDependencies {
  readonly store: JobReader;
  readonly batches: Pick<BatchControl, 'read' | 'shards'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Finds a batch of a tenant's job.
 * @throws JobNotFoundError; NotFoundError if it is no batch of the job; StoreUnavailableError, NewerVersionError
 */
export async function findBatch(
  which: JobOfTenant,
  batch: string,
  { store, batches }: Pick<FindChildDependencies, 'store'> & { readonly batches: Pick<BatchControl, 'read'> },
): Promise<FoundBatch> {
  const parent = await findJob(which, { store });
  return { parent, root: await rootIn(parent, batch, { batches }) };
}

/**
 * The root of a batch of a job. @throws NotFoundError if it is no batch of the job; StoreUnavailableError,
 * NewerVersionError
 */
export async function rootIn(
  job: Pick<JobItem, 'batches'>,
  batch: string,
  { batches }: { readonly batches: Pick<BatchControl, 'read'> },
): Promise<BatchRoot> {
  const root = job.batches?.has(batch) ? await batches.read(batch) : undefined;
  if (!root) throw new NotFoundError('The job has no children under this key.');
  return root;
}

/**
 * Finds one child of a tenant's job, also one that has no item yet.
 * @throws as `findBatch`; NotFoundError if the batch has no child of this index, JobNotFoundError if it is erased
 */
export async function findChild(which: ChildOfJob, deps: FindChildDependencies): Promise<FoundChild> {
  const { parent, root } = await findBatch(which, which.batch, deps);
  const { index } = which;
  if (!(Number.isInteger(index) && index >= 0 && index < root.count))
    throw new NotFoundError('The batch has no child of this index.');
  const id = childIdOf(root, index);
  const number = shardOf(root, index);
  // Before the item: who has no item then, and was counted before, has lost it.
  const [shard] = await deps.batches.shards(root.batch, root.round, [number]);
  const item = await deps.store.read(id);
  if (item?.erased) throw new JobNotFoundError('There is no job of this id.');
  const isCounted = isFullIn(root, number) || shard?.ended?.has(String(index)) || false;
  const hasShard = shard !== undefined;
  const status = statusOf(item, { parent, root, isCounted, hasShard }, deps.clock.now());
  const isUnsuccessful = shard?.unsuccessful?.has(String(index)) ?? false;
  return { parent, root, id, status, item, hasShard, isCounted, isUnsuccessful };
}

interface Counted extends FoundBatch, Pick<FoundChild, 'hasShard'> {
  readonly isCounted: boolean;
}

/**
 * What a child is, by its item and its batch. One that is made again, and that no worker has claimed since, has the
 * item of a round before.
 * @param now epoch milliseconds
 */
export function statusOf(item: JobItem | undefined, counted: Counted, now: number): ChildStatus {
  const isOfRound = item && !item.erased && (item.run >= counted.root.round || counted.isCounted);
  return isOfRound ? item.status : statusUnclaimed(counted, now);
}

/**
 * What its batch and its parent say of a child that has no item of its round. Once the parent has ended, it may have a
 * message in a queue if its shard was made, which comes first, and for as long as a queue keeps a message.
 */
function statusUnclaimed({ parent, isCounted, hasShard }: Counted, now: number): ChildStatus {
  if (isCounted) return 'expired';
  if (!isTerminal(parent.status)) return 'queued';
  return hasShard && now < (parent.finishedAt ?? 0) + maxQueuedMs ? 'queued' : 'not-sent';
}
