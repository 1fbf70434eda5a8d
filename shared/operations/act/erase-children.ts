import type { ParentNotifier } from '../../delivery/notify-parent.ts';
import { ConflictError, StoreUnavailableError } from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';
import {
  type BatchRoot,
  childIdOf,
  indexesOf,
  isFullIn,
  isOver,
  maxQueuedMs,
  type ShardKey,
  shardOf,
  shardsOf,
} from '../../domain/children/batch.ts';
import type { BatchEraser } from '../../domain/children/batch-ports.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { isTerminal } from '../../domain/state/job/transitions.ts';
import type { JobStore } from '../../domain/state/ports.ts';
import { eraseUnbornWrite, eraseWrite } from '../../domain/state/writes/control-writes.ts';
import { type EraseObjectsDependencies, eraseObjects } from './erase-objects.ts';

/**
 * The children of a job are erased with it: some thousand in a call, and a repeated call goes on from there.
 */

export interface EraseChildrenDependencies extends EraseObjectsDependencies {
  readonly store: JobStore;
  readonly batches: BatchEraser;
  readonly family: Pick<ParentNotifier, 'ended'>;
  readonly clock: Clock;
}

/** How many children a call may still look at. */
export class Budget {
  #left: number;

  constructor(children: number) {
    this.#left = children;
  }

  /** @returns whether there was something left */
  take(children: number): boolean {
    if (this.#left <= 0) return false;
    this.#left -= children;
    return true;
  }
}

/** Of a job that is erased: who has asked for it, and how much may be done at once. */
interface Family {
  readonly by: string;
  readonly budget: Budget;
}

const atATime = 20;
const maxTries = 5;

/**
 * Looks whether all children of a job have ended, and theirs.
 * @param parent has ended @returns false if the budget has come to its end before
 * @throws ConflictError if one has not; StoreUnavailableError, NewerVersionError, QueueUnavailableError
 */
export async function requireEndedChildren(
  parent: JobItem,
  budget: Budget,
  deps: EraseChildrenDependencies,
): Promise<boolean> {
  for (const batch of parent.batches ?? []) {
    const root = await deps.batches.read(batch);
    if (root && !(await requireEndedBatch({ root, parent }, budget, deps))) return false;
  }
  return true;
}

interface Batch {
  readonly root: BatchRoot;
  readonly parent: JobItem;
}

async function requireEndedBatch(
  batch: Batch,
  budget: Budget,
  deps: EraseChildrenDependencies,
): Promise<boolean> {
  const { root } = batch;
  const mayStart = await uncountedOf(batch, deps);
  const all = shardsOf(root).flatMap((shard) => indexesOf(root, shard));
  // Those that are most likely to run come first.
  const indexes = [...mayStart.keys(), ...all.filter((index) => !mayStart.has(index))];
  for (let next = 0; next < indexes.length; next += atATime) {
    const some = indexes.slice(next, next + atATime);
    if (!budget.take(some.length)) return false;
    const items = await Promise.all(some.map((index) => deps.store.read(childIdOf(root, index))));
    const running = items.find((item) => item && !isTerminal(item.status));
    // Of a child that is made again, the item is that of the round before.
    const isUnclaimed = (item: JobItem | undefined) => !item || item.run < root.round;
    if (running || items.some((item, place) => isUnclaimed(item) && mayStart.get(some[place] ?? -1)))
      throw notEnded(root, running);
    for (const item of items)
      if (item?.batches && !(await requireEndedBelow(item, budget, deps))) return false;
  }
  return true;
}

/** Who has ended it may have died before its children were told. */
async function requireEndedBelow(
  child: JobItem,
  budget: Budget,
  deps: EraseChildrenDependencies,
): Promise<boolean> {
  await deps.family.ended(child);
  return requireEndedChildren(child, budget, deps);
}

/**
 * The indexes of the children whose ends are not counted, each with whether it may have a message in a queue that
 * starts it. Those of a shard that is not there were not sent, and no child starts of which its parent's end is the
 * end.
 */
async function uncountedOf(
  { root, parent }: Batch,
  { batches, clock }: EraseChildrenDependencies,
): Promise<ReadonlyMap<number, boolean>> {
  if (isOver(root)) return new Map();
  const found = await batches.shards(root.batch, root.round, shardsOf(root));
  const byShard = new Map(found.map((shard) => [shard.shard, shard]));
  const isQueued = root.whenParentEnds === 'leave' && clock.now() < (parent.finishedAt ?? 0) + maxQueuedMs;
  const lacking = shardsOf(root)
    .filter((shard) => !isFullIn(root, shard))
    .flatMap((shard) => indexesOf(root, shard))
    .filter((index) => !byShard.get(shardOf(root, index))?.ended?.has(String(index)));
  return new Map(lacking.map((index) => [index, isQueued && byShard.has(shardOf(root, index))]));
}

const notEnded = ({ key }: BatchRoot, item: JobItem | undefined) =>
  new ConflictError(
    `A child of the batch "${key}" is ${item ? item.status : 'queued'}; a job can be erased when all of its children have ended.`,
  );

/**
 * Erases the batches of a job with their children, and the children of these. The roots come first: once they are gone,
 * a late message of a child is obsolete. The item of the job names the batches until all are erased, so a repetition
 * finds them.
 * @returns false if the budget has come to its end before
 * @throws StoreUnavailableError, also if a child has started after all; NewerVersionError, ObjectsUnavailableError
 */
export async function eraseChildren(
  parent: JobItem,
  family: Family,
  deps: EraseChildrenDependencies,
): Promise<boolean> {
  const { expiresAt = 0, batches = new Set() } = parent;
  const begun = await Promise.all(
    [...batches].map(async (batch) => ({ batch, root: await deps.batches.beginErase(batch) })),
  );
  for (const { batch, root } of begun) {
    const shards = root ? shardsOf(root).slice(root.erasedTo) : [];
    for (const shard of shards)
      if (root && !(await eraseShard({ root, shard, expiresAt }, family, deps))) return false;
    // Also without a root: who was to make it may have been cut off, and may do so later.
    await deps.batches.finishErase(batch, expiresAt);
  }
  return true;
}

interface Shard {
  readonly root: BatchRoot;
  readonly shard: number;
  readonly expiresAt: number;
}

async function eraseShard(
  { root, shard, expiresAt }: Shard,
  family: Family,
  deps: EraseChildrenDependencies,
): Promise<boolean> {
  const { batch, round } = root;
  // Who has begun the next round may have died before that was said in the root: see `roundAfter`.
  const places = Array.from(
    { length: round + 2 },
    (_, past): ShardKey => ({ batch, round: past + 1, shard }),
  );
  const were = await Promise.all(places.map((place) => deps.batches.eraseShard(place, expiresAt)));
  // Without a shard no child of it was sent.
  const indexes = were.includes(true) ? indexesOf(root, shard) : [];
  for (let next = 0; next < indexes.length; next += atATime) {
    const some = indexes.slice(next, next + atATime);
    const erased = await Promise.all(
      some.map((index) => eraseChild({ root, index, expiresAt }, family, deps)),
    );
    if (erased.includes(false)) return false;
  }
  await deps.batches.keepErased(batch, shard + 1);
  return true;
}

interface Child {
  readonly root: BatchRoot;
  readonly index: number;
  readonly expiresAt: number;
}

async function eraseChild(child: Child, family: Family, deps: EraseChildrenDependencies): Promise<boolean> {
  const id = childIdOf(child.root, child.index);
  for (let tries = 0; tries < maxTries; tries += 1) {
    const item = await deps.store.read(id);
    if (item?.erased) return true;
    // It was about to be claimed when its batch was erased: its worker stops at the next heartbeat.
    if (item && !isTerminal(item.status))
      throw new StoreUnavailableError(`child ${id} is ${item.status}: it started while it was to be erased`);
    if (item && !(await eraseChildren(item, family, deps))) return false;
    // Taken last: however deep the children are, a call erases as many of them as it may.
    if (!family.budget.take(1)) return false;
    if (await eraseItem(id, { item, child }, { ...deps, by: family.by })) return true;
  }
  throw new StoreUnavailableError(`child ${id} changed ${maxTries} times while it was to be erased`);
}

/** @returns whether it is erased */
async function eraseItem(
  id: string,
  { item, child }: { readonly item: JobItem | undefined; readonly child: Child },
  { by, ...deps }: EraseChildrenDependencies & Pick<Family, 'by'>,
): Promise<boolean> {
  const { store, clock } = deps;
  // Of a child without an item, too, something is left: a worker may be about to claim it.
  const write = item
    ? eraseWrite(item, clock.now(), by)
    : eraseUnbornWrite({ id, ...child }, clock.now(), by);
  // The write may have happened: its answer was lost, and its repetition was refused.
  const erased = (await store.write(write)) ?? (await store.read(id));
  if (!erased?.erased) return false;
  if (item) await eraseObjects(item, deps);
  return true;
}
