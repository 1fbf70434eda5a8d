import type { Clock } from '../domain/base/ports.ts';
import { isEnded, isLookWanted, isOver } from '../domain/children/batch.ts';
import type { BatchLooks } from '../domain/children/batch-ports.ts';
import type { PointerQueue } from '../domain/schedules/schedule-ports.ts';
import { awaitedBatches, type JobItem } from '../domain/state/job/item.ts';
import { pointerTo } from '../domain/state/job/pointer.ts';

export interface WantLookDependencies {
  readonly batches: Pick<BatchLooks, 'read' | 'wantLook'>;
  /** To the queue that admission receives from. */
  readonly pointers: PointerQueue;
  readonly clock: Clock;
}

const maxTries = 3;

/**
 * Has a parent look at once for lost children of a batch that it waits for. The root says so before the pointer is
 * sent: a process that dies in between leaves that to the next look of `overdue`.
 * @param unlessSince epoch milliseconds: nothing is done if somebody has asked since then
 * @returns whether the parent looks
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function wantLook(
  { parent, batch, unlessSince = Number.POSITIVE_INFINITY }: Wanted,
  { batches, pointers, clock }: WantLookDependencies,
): Promise<boolean> {
  if (!awaitedBatches(parent).includes(batch)) return false;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const root = await batches.read(batch);
    if (!root || isOver(root) || isEnded(root) || (root.wantedAt ?? 0) > unlessSince) return false;
    if (!isLookWanted(root) && !(await batches.wantLook(root, clock.now()))) continue;
    await pointers.send({ ...pointerTo(parent), again: true }, 0, parent.tenant);
    return true;
  }
  return false;
}

interface Wanted {
  readonly parent: JobItem;
  readonly batch: string;
  readonly unlessSince?: number;
}
