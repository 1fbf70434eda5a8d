import {
  type Disposition,
  isHiddenInGroup,
  itemChanged,
  returned,
  visibleFor,
} from '../../delivery/disposition.ts';
import { makeVisibleAt } from '../../delivery/visibility.ts';
import { type JobItem, waitsInGroup } from '../../domain/state/job/item.ts';
import { pointerTo } from '../../domain/state/job/pointer.ts';
import { isClaimed } from '../../domain/state/job/transitions.ts';
import { saveReceiptHandleWrite } from '../../domain/state/writes/message-writes.ts';
import type { Arrival, WorkerDependencies } from './before-claim.ts';

/**
 * Hides the message of a job that waits for its children or for an answer, in its group: the message stays in the
 * queue, and holds the group. If the wait ended before the message was hidden, the message had been made visible too
 * early. So the worker looks once more. It reads the item, for an answer or a cancel. Whether the children have ended
 * is for admission alone to decide: the worker sends a pointer. A worker that dies in between leaves a message that
 * comes back within an hour.
 * @throws StoreUnavailableError, QueueUnavailableError
 */
export async function hideInGroup(
  item: JobItem,
  { received, delivery }: Arrival,
  deps: WorkerDependencies,
): Promise<Disposition> {
  const { store, clock, pointers } = deps;
  await makeVisibleAt(delivery, visibleFor(item, clock.now()), deps);
  if (waitsInGroup(item)) await pointers.send(pointerTo(item), 0, item.tenant);
  const latest = await store.read(item.id);
  const isOver = latest && !isClaimed(latest.status) && !isHiddenInGroup(latest);
  return returned('it waits in its group', isOver ? clock.now() : undefined, received.message);
}

/**
 * The same when the message has come back, and nobody may have made it visible: with the receipt handle that it has
 * now.
 */
export async function hideInGroupAgain(
  item: JobItem,
  arrival: Arrival,
  deps: WorkerDependencies,
): Promise<Disposition> {
  const { received, delivery } = arrival;
  const now = deps.clock.now();
  const saved = await deps.store.write(saveReceiptHandleWrite(item, delivery.receiptHandle, now));
  if (!saved) return itemChanged(now, received.message);
  return hideInGroup(saved, arrival, deps);
}
