import { NotFoundError } from '../domain/base/errors.ts';
import {
  type BatchRoot,
  type BatchShard,
  batchIdOf,
  childIdOf,
  indexesOf,
  shardOf,
  shardsOf,
} from '../domain/children/batch.ts';
import type { BatchEraser, BatchReader } from '../domain/children/batch-ports.ts';
import type { JobError, JobItem } from '../domain/state/item.ts';
import type { JobList, JobReader } from '../domain/state/ports.ts';
import { hasFailed, type JobStatus } from '../domain/state/transitions.ts';
import { findJob, type JobOfTenant } from './find-job.ts';
import { type EndCount, isFullIn, type RecentCounts } from './recent-counts.ts';

/** How far the children of a job are. */

interface BatchDependencies {
  readonly store: JobReader;
  readonly batches: BatchReader;
  readonly counts: Pick<RecentCounts, 'of'>;
}

/** How many of the children of a batch have ended in its current round, and how many of those did not succeed. */
export interface BatchCount extends Pick<BatchRoot, 'key' | 'type' | 'count'>, EndCount {}

/**
 * Counts the children of a job, batch by batch, in the order in which it spawned them.
 * @throws JobNotFoundError, StoreUnavailableError, NewerVersionError
 */
export async function listBatches(
  which: JobOfTenant,
  deps: BatchDependencies,
): Promise<readonly BatchCount[]> {
  return countBatches(await rootsOf(await findJob(which, deps), deps), deps);
}

/** The roots of the batches of a job, in the order in which it spawned them. @throws as `listBatches` does */
export async function rootsOf(
  { batches: names }: Pick<JobItem, 'batches'>,
  { batches }: Pick<BatchDependencies, 'batches'>,
): Promise<readonly BatchRoot[]> {
  const found = await Promise.all([...(names ?? [])].map((batch) => batches.read(batch)));
  const roots = found.flatMap((root) => root ?? []);
  return roots.sort((one, other) => one.createdAt - other.createdAt || (one.key < other.key ? -1 : 1));
}

/** @throws as `listBatches` does */
export async function countBatches(
  roots: readonly BatchRoot[],
  deps: Pick<BatchDependencies, 'counts'>,
): Promise<readonly BatchCount[]> {
  const counted: BatchCount[] = [];
  // One after the other: each may have a thousand shards.
  for (const root of roots) counted.push(await countOf(root, deps));
  return counted;
}

async function countOf(root: BatchRoot, { counts }: Pick<BatchDependencies, 'counts'>): Promise<BatchCount> {
  const { key, type, count } = root;
  const shards = [...(await counts.of(root)).values()];
  return {
    ...{ key, type, count },
    ended: sum(shards.map(({ ended }) => ended)),
    unsuccessful: sum(shards.map(({ unsuccessful }) => unsuccessful)),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/**
 * Finds a batch of a job, with its count.
 * @throws NotFoundError if the job has no batch of this key; as `listBatches` does
 */
export async function findBatch(
  job: Pick<JobItem, 'id' | 'batches'>,
  key: string,
  deps: Pick<BatchDependencies, 'batches' | 'counts'>,
): Promise<{ readonly root: BatchRoot; readonly counted: BatchCount }> {
  const root = await rootOf(job, key, deps);
  return { root, counted: await countOf(root, deps) };
}

async function rootOf(
  job: Pick<JobItem, 'id' | 'batches'>,
  key: string,
  { batches }: Pick<BatchDependencies, 'batches'>,
): Promise<BatchRoot> {
  const batch = batchIdOf(job.id, key);
  const root = job.batches?.has(batch) ? await batches.read(batch) : undefined;
  if (!root) throw new NotFoundError('The job has no children under this key.');
  return root;
}

/** What can be asked for without a look at each child: who has not ended, who has succeeded, and who has ended otherwise. */
export const childStates = ['open', 'succeeded', 'unsuccessful'] as const;
export type ChildState = (typeof childStates)[number];

/** A child as its item says, or without one what the count of its batch says: `expired` if it has ended. */
export interface Child {
  readonly index: number;
  readonly id: string;
  readonly status: JobStatus | 'expired';
  /** Whether there is an item to be read: it has none until a worker claims it, and none when it has expired. */
  readonly isKnown: boolean;
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
  /** Of this state alone. */
  readonly status?: ChildState | undefined;
  /** Children on a page; default: 100. */
  readonly limit?: number;
}

const pageSize = 100;
/** A page of one state is looked for in so many shards at a time. */
const shardsAtOnce = 25;

interface ListDependencies extends Omit<BatchDependencies, 'batches'> {
  readonly batches: Pick<BatchEraser, 'read' | 'shards'>;
  readonly list: Pick<JobList, 'read'>;
}

/**
 * Lists children of one batch in the order of their indexes, up to 100.
 * @throws JobNotFoundError; NotFoundError if the job has no batch of this key; StoreUnavailableError, NewerVersionError
 */
export async function listChildren(
  which: JobOfTenant,
  { key, ...asked }: ChildrenAsked,
  deps: ListDependencies,
): Promise<ChildPage> {
  return childrenOf(await rootOf(await findJob(which, deps), key, deps), asked, deps);
}

/** The same of a batch that was found. @throws StoreUnavailableError, NewerVersionError */
export async function childrenOf(
  root: BatchRoot,
  { after, status, limit = pageSize }: Omit<ChildrenAsked, 'key'>,
  { list, ...deps }: Omit<ListDependencies, 'store'>,
): Promise<ChildPage> {
  const position = { after, limit };
  const page = await (status
    ? stateAfter(root, { ...position, status }, deps)
    : allAfter(root, position, deps));
  // After the shards: who has no item now, and was counted before, has lost it.
  const ids = page.indexes.map((index) => childIdOf(root, index));
  const { items, newer } = ids.length > 0 ? await list.read(ids) : { items: [], newer: [] };
  const byId = new Map(items.map((item) => [item.id, item]));
  const isNewer = new Set(newer.map(({ id }) => id));
  const known = page.indexes.filter((_, at) => !isNewer.has(ids[at] ?? ''));
  const last = page.indexes.at(-1);
  return {
    children: known.map((index) => {
      const id = childIdOf(root, index);
      return { index, id, ...stateOf(byId.get(id), page.isCounted(index), root) };
    }),
    newer,
    ...(page.hasMore && last !== undefined ? { next: last } : {}),
  };
}

function stateOf(
  item: JobItem | undefined,
  isCounted: boolean,
  { round }: BatchRoot,
): Pick<Child, 'status' | 'isKnown' | 'error'> {
  if (!item || item.erased) return { status: isCounted ? 'expired' : 'queued', isKnown: false };
  // It was made again, and no worker has claimed it since: its item has the end of a round before.
  if (item.run < round && !isCounted) return { status: 'queued', isKnown: true };
  const { status, error } = item;
  return { status, isKnown: true, ...(hasFailed(status) && error ? { error } : {}) };
}

interface Position {
  readonly after: number;
  readonly limit: number;
}

interface Indexes {
  readonly indexes: readonly number[];
  readonly hasMore: boolean;
  isCounted(index: number): boolean;
}

async function allAfter(
  root: BatchRoot,
  { after, limit }: Position,
  { batches }: Pick<ListDependencies, 'batches'>,
): Promise<Indexes> {
  const from = after + 1;
  const size = Math.max(0, Math.min(limit, root.count - from));
  const indexes = Array.from({ length: size }, (_, at) => from + at);
  const shards = [...new Set(indexes.map((index) => shardOf(root, index)))];
  const found = await batches.shards(root.batch, root.round, shards);
  const ended = new Set(found.flatMap((shard) => [...(shard.ended ?? [])]));
  return {
    indexes,
    hasMore: from + size < root.count,
    isCounted: (index) => isFullIn(root, shardOf(root, index)) || ended.has(String(index)),
  };
}

/** Reads no shard that has no child of this state, by the count: who came to it in the last two seconds may be missing. */
async function stateAfter(
  root: BatchRoot,
  { after, limit, status }: Position & { readonly status: ChildState },
  { batches, counts }: Omit<ListDependencies, 'store' | 'list'>,
): Promise<Indexes> {
  const counted = await counts.of(root);
  const shards = shardsOf(root)
    .slice(shardOf(root, after + 1))
    .filter((shard) => mayHave[status](counted.get(shard) ?? none, indexesOf(root, shard).length));
  const indexes: number[] = [];
  for (let next = 0; next < shards.length && indexes.length <= limit; next += shardsAtOnce) {
    const some = shards.slice(next, next + shardsAtOnce);
    const read = await batches.shards(root.batch, root.round, some);
    const found = new Map(read.map((shard) => [shard.shard, shard]));
    for (const shard of some)
      indexes.push(
        ...indexesWith(status, { root, shard, found: found.get(shard) }).filter((index) => index > after),
      );
  }
  return {
    indexes: indexes.slice(0, limit),
    hasMore: indexes.length > limit,
    isCounted: () => status !== 'open',
  };
}

const none: EndCount = { ended: 0, unsuccessful: 0 };

const mayHave: Readonly<Record<ChildState, (count: EndCount, size: number) => boolean>> = {
  open: ({ ended }, size) => ended < size,
  succeeded: ({ ended, unsuccessful }) => ended > unsuccessful,
  unsuccessful: ({ unsuccessful }) => unsuccessful > 0,
};

/** The indexes of a shard whose children have a state, in their order. */
function indexesWith(
  status: ChildState,
  {
    root,
    shard,
    found,
  }: { readonly root: BatchRoot; readonly shard: number; readonly found: BatchShard | undefined },
): readonly number[] {
  const isKnownFull = isFullIn(root, shard);
  return indexesOf(root, shard).filter((index) => {
    const hasEnded = isKnownFull || found?.ended?.has(String(index));
    const state = found?.unsuccessful?.has(String(index)) ? 'unsuccessful' : hasEnded ? 'succeeded' : 'open';
    return state === status;
  });
}
