import type { Clock } from '../domain/base/ports.ts';
import {
  type BatchRoot,
  batchIdOf,
  childIdOf,
  indexesOf,
  shardOf,
  shardsOf,
} from '../domain/children/batch.ts';
import type { BatchEraser } from '../domain/children/batch-ports.ts';
import type { JobError, JobItem } from '../domain/state/item.ts';
import type { JobList, JobReader } from '../domain/state/ports.ts';
import { hasFailed } from '../domain/state/transitions.ts';
import { type ChildStatus, findBatch, statusWithoutItem } from './find-child.ts';
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

/** A child as its item says, or without one what its batch and its parent say. */
export interface Child {
  readonly index: number;
  readonly id: string;
  readonly status: ChildStatus;
  /** Why it failed. */
  readonly error?: JobError;
}

export interface ChildPage {
  readonly children: readonly Child[];
  /** The ids of those that only newer code can read. */
  readonly newer: readonly { readonly id: string; readonly version: number }[];
  /** The last index of the page; absent on the last page. */
  readonly next?: number;
}

interface ChildrenAsked {
  readonly key: string;
  /** The index behind which the page begins; -1 for the first. */
  readonly after: number;
  /** Only those that have ended and did not succeed. */
  readonly areUnsuccessful: boolean;
}

const pageSize = 100;
/** A page of what did not succeed is looked for in so many shards at a time. */
const shardsAtOnce = 100;

interface ListDependencies extends BatchDependencies {
  readonly list: Pick<JobList, 'read'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Lists children of one batch in the order of their indexes, up to 100.
 * @throws JobNotFoundError; NotFoundError if the job has no batch of this key; StoreUnavailableError, NewerVersionError
 */
export async function listChildren(
  which: JobOfTenant,
  asked: ChildrenAsked,
  { store, batches, list, clock }: ListDependencies,
): Promise<ChildPage> {
  const { parent, root } = await findBatch(which, batchIdOf(which.id, asked.key), { store, batches });
  const page = await (asked.areUnsuccessful ? unsuccessfulAfter : allAfter)(root, asked.after, batches);
  // After the shards: who has no item now, and was counted before, has lost it.
  const ids = page.indexes.map((index) => childIdOf(root, index));
  const { items, newer } = ids.length > 0 ? await list.read(ids) : { items: [], newer: [] };
  const byId = new Map(items.map((item) => [item.id, item]));
  const isNewer = new Set(newer.map(({ id }) => id));
  const known = page.indexes.filter((_, at) => !isNewer.has(ids[at] ?? ''));
  const last = page.indexes.at(-1);
  const stateAt = (index: number, item: JobItem | undefined): ChildState => {
    const of = { parent, isCounted: page.isCounted(index), hasShard: page.hasShard(index) };
    return !item || item.erased ? { status: statusWithoutItem(of, clock.now()) } : stateOf(item);
  };
  return {
    children: known.map((index) => {
      const id = childIdOf(root, index);
      return { index, id, ...stateAt(index, byId.get(id)) };
    }),
    newer,
    ...(page.hasMore && last !== undefined ? { next: last } : {}),
  };
}

type ChildState = Pick<Child, 'status' | 'error'>;

const stateOf = ({ status, error }: JobItem): ChildState => ({
  status,
  ...(hasFailed(status) && error ? { error } : {}),
});

interface Indexes {
  readonly indexes: readonly number[];
  readonly hasMore: boolean;
  isCounted(index: number): boolean;
  hasShard(index: number): boolean;
}

async function allAfter(root: BatchRoot, after: number, batches: ReadBatches): Promise<Indexes> {
  const from = after + 1;
  const size = Math.max(0, Math.min(pageSize, root.count - from));
  const indexes = Array.from({ length: size }, (_, at) => from + at);
  const shards = [...new Set(indexes.map((index) => shardOf(root, index)))];
  const found = await batches.shards(root.batch, root.round, shards);
  const ended = new Set(found.flatMap((shard) => [...(shard.ended ?? [])]));
  const isKnownFull = isFullIn(root);
  const there = new Set(found.map(({ shard }) => shard));
  return {
    indexes,
    hasMore: from + size < root.count,
    isCounted: (index) => isKnownFull(shardOf(root, index)) || ended.has(String(index)),
    hasShard: (index) => there.has(shardOf(root, index)),
  };
}

async function unsuccessfulAfter(root: BatchRoot, after: number, batches: ReadBatches): Promise<Indexes> {
  const shards = shardsOf(root).slice(shardOf(root, after + 1));
  const indexes: number[] = [];
  for (let next = 0; next < shards.length && indexes.length <= pageSize; next += shardsAtOnce) {
    const some = shards.slice(next, next + shardsAtOnce);
    for (const { unsuccessful = [] } of await batches.shards(root.batch, root.round, some))
      indexes.push(...[...unsuccessful].map(Number).filter((index) => index > after));
  }
  indexes.sort((one, other) => one - other);
  return {
    indexes: indexes.slice(0, pageSize),
    hasMore: indexes.length > pageSize,
    isCounted: () => true,
    hasShard: () => true,
  };
}
