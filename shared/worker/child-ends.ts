import { text as textOf } from 'node:stream/consumers';
import { readJson } from '../domain/base/read-json.ts';
import { type BatchRoot, childIdOf } from '../domain/children/batch.ts';
import type { ObjectStore } from '../domain/objects/object-ports.ts';
import type { JobItem } from '../domain/state/item.ts';
import type { JobReader } from '../domain/state/ports.ts';
import { hasFailed, hasSucceeded, isTerminal } from '../domain/state/transitions.ts';

/** What one child has come to, as its item says. */
export interface ChildEnd {
  readonly index: number;
  readonly id: string;
  readonly status: 'succeeded' | 'failed' | 'canceled' | 'expired';
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
}

interface ReadDependencies {
  readonly store: JobReader;
  readonly objects: Pick<ObjectStore, 'read'>;
}

const pageSize = 100;
/** So many reads are made at a time. */
const readAtATime = 20;

/**
 * Reads what the children of a batch have come to, from an index on.
 * @returns up to 100
 * @throws StoreUnavailableError, ObjectsUnavailableError, MissingObjectError
 */
export function endsOf(root: BatchRoot, from: number, deps: ReadDependencies): Promise<readonly ChildEnd[]> {
  const indexes = Array.from({ length: Math.min(pageSize, root.count - from) }, (_, at) => from + at);
  return inTurns(indexes, (index) => endOf(root, index, deps));
}

async function endOf(root: BatchRoot, index: number, deps: ReadDependencies): Promise<ChildEnd> {
  const id = childIdOf(root, index);
  const item = await deps.store.read(id);
  if (!item || !isTerminal(item.status)) return { index, id, status: 'expired' };
  if (hasSucceeded(item.status))
    return { index, id, status: 'succeeded', result: await resultOf(item, deps) };
  const { name, message } = item.error ?? { name: 'JobCanceledError', message: 'The child was canceled.' };
  const status = hasFailed(item.status) ? 'failed' : 'canceled';
  return { index, id, status, error: { name, message } };
}

async function resultOf({ result, resultObject }: JobItem, { objects }: ReadDependencies): Promise<unknown> {
  if (result !== undefined) return readJson(result);
  if (!resultObject) return undefined;
  return readJson(await textOf(objects.read(resultObject.name)));
}

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
