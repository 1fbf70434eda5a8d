import { defined } from '../../domain/base/defined.ts';
import type { Clock } from '../../domain/base/ports.ts';
import {
  type BatchRoot,
  type BatchShard,
  batchIdOf,
  childIdOf,
  indexesOf,
  isFullIn,
  shardOf,
  shardsOf,
  unsuccessfulIn,
} from '../../domain/children/batch.ts';
import type { BatchEraser, BatchReader } from '../../domain/children/batch-ports.ts';
import type { JobError, JobItem } from '../../domain/state/job/item.ts';
import { hasFailed } from '../../domain/state/job/transitions.ts';
import type { JobList, JobReader } from '../../domain/state/ports.ts';
import { type JobWait, waitOf } from '../../domain/state/waits/wait.ts';
import { type ChildStatus, type FoundBatch, findBatch, statusOf } from './find-child.ts';
import { findJob, type JobOfTenant } from './find-job.ts';
import type { EndCount, RecentCounts } from './recent-counts.ts';

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
  for (const root of roots) counted.push(await countBatch(root, deps));
  return counted;
}

/** The same of one batch. @throws StoreUnavailableError, NewerVersionError */
export async function countBatch(
  root: BatchRoot,
  { counts }: Pick<BatchDependencies, 'counts'>,
): Promise<BatchCount> {
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
 * What can be asked for without a look at each child: who has not ended, who has succeeded, and who has ended
 * otherwise.
 */
export const childStates = ['open', 'succeeded', 'unsuccessful'] as const;
export type ChildState = (typeof childStates)[number];

/** A child as its item says, or without one what its batch and its parent say. */
export interface Child {
  readonly index: number;
  readonly id: string;
  readonly status: ChildStatus;
  /** Whether there is an item to be read: it has none until a worker claims it, and none when it has expired. */
  readonly isKnown: boolean;
  /** Words to find it by. The first is the name that lists show. */
  readonly tags?: string[];
  /** Why it failed. */
  readonly error?: JobError;
  /** What it waits for. */
  readonly wait?: JobWait;
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
  readonly clock: Pick<Clock, 'now'>;
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
  return childrenOf(await findBatch(which, batchIdOf(which.id, key), deps), asked, deps);
}

/** The same of a batch that was found. @throws StoreUnavailableError, NewerVersionError */
export async function childrenOf(
  { parent, root }: FoundBatch,
  { after, status, limit = pageSize }: Omit<ChildrenAsked, 'key'>,
  { list, clock, ...deps }: Omit<ListDependencies, 'store'>,
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
      const of = { parent, root, isCounted: page.isCounted(index), hasShard: page.hasShard(index) };
      return { index, id, ...stateOf(byId.get(id), of, clock.now()) };
    }),
    newer,
    ...(page.hasMore && last !== undefined ? { next: last } : {}),
  };
}

function stateOf(
  item: JobItem | undefined,
  of: Parameters<typeof statusOf>[1],
  now: number,
): Omit<Child, 'index' | 'id'> {
  const status = statusOf(item, of, now);
  const isKnown = item !== undefined && !item.erased;
  return {
    status,
    isKnown,
    ...(isKnown ? defined({ tags: item.tags }) : {}),
    ...(status === item?.status && hasFailed(status) ? defined({ error: item.error }) : {}),
    ...(status === item?.status ? defined({ wait: waitOf(item) }) : {}),
  };
}

interface Position {
  readonly after: number;
  readonly limit: number;
}

interface Indexes {
  readonly indexes: readonly number[];
  readonly hasMore: boolean;
  isCounted(index: number): boolean;
  hasShard(index: number): boolean;
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
  const there = new Set(found.map(({ shard }) => shard));
  return {
    indexes,
    hasMore: from + size < root.count,
    isCounted: (index) => isFullIn(root, shardOf(root, index)) || ended.has(String(index)),
    hasShard: (index) => there.has(shardOf(root, index)),
  };
}

/**
 * Reads no shard that has no child of this state, by the count: who came to it in the last two seconds may be missing.
 */
async function stateAfter(
  root: BatchRoot,
  { after, limit, status }: Position & { readonly status: ChildState },
  { batches, counts }: Pick<ListDependencies, 'batches' | 'counts'>,
): Promise<Indexes> {
  const counted = await counts.of(root);
  const shards = shardsOf(root)
    .slice(shardOf(root, after + 1))
    .filter((shard) => mayHave[status](counted.get(shard) ?? none, indexesOf(root, shard).length));
  const indexes: number[] = [];
  const there = new Set<number>();
  for (let next = 0; next < shards.length && indexes.length <= limit; next += shardsAtOnce) {
    const some = shards.slice(next, next + shardsAtOnce);
    const read = await batches.shards(root.batch, root.round, some);
    const found = new Map(read.map((shard) => [shard.shard, shard]));
    for (const number of found.keys()) there.add(number);
    for (const shard of some)
      indexes.push(
        ...indexesWith(status, { root, shard, found: found.get(shard) }).filter((index) => index > after),
      );
  }
  return {
    indexes: indexes.slice(0, limit),
    hasMore: indexes.length > limit,
    isCounted: () => status !== 'open',
    hasShard: (index) => there.has(shardOf(root, index)),
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
  // It has expired: nobody knows which of its children have succeeded.
  if (!found && unsuccessfulIn(root).has(shard)) return [];
  return indexesOf(root, shard).filter((index) => {
    const hasEnded = isKnownFull || found?.ended?.has(String(index));
    const state = found?.unsuccessful?.has(String(index)) ? 'unsuccessful' : hasEnded ? 'succeeded' : 'open';
    return state === status;
  });
}
