import { type Disposition, deleted, itemChanged } from '../delivery/disposition.ts';
import type { Clock } from '../domain/base/ports.ts';
import { type BatchRoot, isDecided } from '../domain/children/batch.ts';
import type { BatchLooks } from '../domain/children/batch-ports.ts';
import { awaitedBatches, type JobItem } from '../domain/state/job/item.ts';
import type { JobStore } from '../domain/state/ports.ts';
import { startParentWrite } from '../domain/state/writes/admission-writes.ts';
import { mayHaveLost } from './look-at-batch.ts';

export interface StartParentDependencies {
  readonly store: JobStore;
  readonly batches: BatchLooks;
  readonly clock: Clock;
}

interface Parent {
  readonly item: JobItem;
  readonly messageId: string;
}

/**
 * Whether a job that waits for children may go on: the process that has stored the wait, or has completed a count, has
 * sent a pointer.
 */
export type ParentState = { readonly kind: 'started'; readonly item: JobItem } | Disposition | undefined;

/**
 * Looks at a job that waits for children. The worker stores the wait before its pointer is received, and who completes
 * the count sends a pointer after that: one of the two finds both.
 * @returns undefined if it waits for a time, too, and that has to be seen to
 * @throws StoreUnavailableError, NewerVersionError
 */
export async function startParent(
  { item, messageId }: Parent,
  { store, batches, clock }: StartParentDependencies,
): Promise<ParentState> {
  const roots = await Promise.all(awaitedBatches(item).map((batch) => batches.read(batch)));
  const goesOn = roots.some((root) => !root || isDecided(root));
  // The parent looks for lost messages itself: it alone has the payloads.
  if (!goesOn && !(await haveLost(roots, { store, batches, clock })))
    return item.awaits?.isTimed && item.group === undefined
      ? undefined
      : deleted('it waits for its children');
  const now = clock.now();
  const started = await store.write(startParentWrite(item, messageId, now));
  if (!started) return itemChanged(now);
  return { kind: 'started', item: started };
}

async function haveLost(
  roots: readonly (BatchRoot | undefined)[],
  deps: StartParentDependencies,
): Promise<boolean> {
  const found = await Promise.all(roots.map((root) => root && mayHaveLost(root, deps)));
  return found.includes(true);
}
