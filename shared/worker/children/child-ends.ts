import { StepError } from '../../domain/base/errors.ts';
import { readJson } from '../../domain/base/read-json.ts';
import {
  type BatchRoot,
  type BatchShard,
  childIdOf,
  isFullIn,
  shardOf,
  shardsOf,
} from '../../domain/children/batch.ts';
import type { BatchEraser } from '../../domain/children/batch-ports.ts';
import type { ObjectStore } from '../../domain/objects/object-ports.ts';
import type { StoredObject } from '../../domain/objects/stored-object.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { hasFailed, hasSucceeded, isTerminal } from '../../domain/state/job/transitions.ts';
import type { JobReader } from '../../domain/state/ports.ts';
import type { BatchRecord } from '../../domain/state/stored/saved-steps.ts';
import { readText } from '../../domain/state/stored/stored-text.ts';
import { endedOf } from './batch-decision.ts';

/** What one child has come to, as its item says. */
export interface ChildEnd {
  readonly index: number;
  readonly id: string;
  readonly status: 'succeeded' | 'failed' | 'canceled' | 'expired';
  readonly result?: unknown;
  /** Where that is which the child has streamed. */
  readonly output?: StoredObject;
  readonly error?: { readonly name: string; readonly message: string };
}

interface ReadDependencies {
  readonly store: JobReader;
  readonly objects: Pick<ObjectStore, 'read'>;
  readonly batches: Pick<BatchEraser, 'shards'>;
}

/** Which children are looked at: those from an index on that are a part of what was decided. */
interface EndsPage {
  readonly from: number;
  readonly settled: BatchRecord['settled'];
}

const pageSize = 100;
/** So many reads are made at a time. */
const readAtATime = 20;

/**
 * Reads what the children of a batch have come to, from an index on.
 * @returns up to 100, and none only if there are no more
 * @throws StepError if they are not known any more; StoreUnavailableError, ObjectsUnavailableError, MissingObjectError
 */
export async function endsOf(
  root: BatchRoot,
  asked: EndsPage,
  deps: ReadDependencies,
): Promise<readonly ChildEnd[]> {
  return inTurns(await indexesOfPage(root, asked, deps), (index) => endOf(root, index, deps));
}

async function indexesOfPage(
  root: BatchRoot,
  { from, settled }: EndsPage,
  { batches }: ReadDependencies,
): Promise<readonly number[]> {
  if (settled?.counted) return settled.counted.filter((index) => index >= from);
  if (settled?.succeeded === undefined)
    return Array.from({ length: Math.min(pageSize, root.count - from) }, (_, at) => from + at);
  // Of a child that has not ended, an item of an earlier round may be there.
  for (const shard of shardsOf(root).slice(shardOf(root, from))) {
    const [found] = isFullIn(root, shard) ? [] : await readShards(root, [shard], { batches });
    const ended = endedOf(root, shard, found).filter((index) => index >= from);
    if (ended.length > 0) return ended;
  }
  return [];
}

async function endOf(root: BatchRoot, index: number, deps: ReadDependencies): Promise<ChildEnd> {
  const id = childIdOf(root, index);
  const item = await deps.store.read(id);
  if (!item || !isTerminal(item.status)) return { index, id, status: 'expired' };
  if (hasSucceeded(item.status))
    return { index, id, status: 'succeeded', result: await resultOf(item, deps), ...outputOf(item) };
  const { name, message } = item.error ?? { name: 'JobCanceledError', message: 'The child was canceled.' };
  const status = hasFailed(item.status) ? 'failed' : 'canceled';
  return { index, id, status, error: { name, message } };
}

/** An object beside a result is what was streamed. */
const outputOf = ({ result, resultObject }: JobItem): Pick<ChildEnd, 'output'> =>
  result !== undefined && resultObject ? { output: resultObject } : {};

async function resultOf({ result, resultObject }: JobItem, { objects }: ReadDependencies): Promise<unknown> {
  if (result !== undefined) return readJson(result);
  if (!resultObject) return undefined;
  return readJson(await readText(resultObject.name, objects));
}

/**
 * Reads shards of the round that runs, which must be there.
 * @throws StepError if one has expired: what is not known is no success; StoreUnavailableError, NewerVersionError
 */
export async function readShards(
  root: BatchRoot,
  shards: readonly number[],
  { batches }: Pick<ReadDependencies, 'batches'>,
): Promise<readonly BatchShard[]> {
  const found = await batches.shards(root.batch, root.round, shards);
  if (found.length < shards.length) throw isGone(root.key);
  return found;
}

export const isGone = (key: string) =>
  new StepError(`the batch "${key}" is gone: its children are not kept any longer`);

/** Some at a time, in the order of the list. */
export async function inTurns<From, To>(
  all: readonly From[],
  make: (one: From) => Promise<To>,
): Promise<readonly To[]> {
  const made: To[] = [];
  for (let next = 0; next < all.length; next += readAtATime)
    made.push(...(await Promise.all(all.slice(next, next + readAtATime).map(make))));
  return made;
}
