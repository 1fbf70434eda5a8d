import { type Disposition, returned, visibleFor } from '../delivery/disposition.ts';
import { makeVisibleAt } from '../delivery/visibility.ts';
import type { JobItem } from '../domain/state/item.ts';
import { saveReceiptHandleWrite } from '../domain/state/message-writes.ts';
import { pointerTo } from '../domain/state/pointer.ts';
import type { Arrival, WorkerDependencies } from './before-claim.ts';

/**
 * Leaves a job to admission that waits for its children in its group. Its message stays in the queue, and holds the group. It is hidden
 * before the pointer is sent: otherwise this could hide what admission has just made visible. Whoever dies in between leaves a message
 * that comes back, within an hour.
 * @throws QueueUnavailableError
 */
export async function hideInGroup(
  item: JobItem,
  { received, delivery }: Arrival,
  deps: WorkerDependencies,
): Promise<Disposition> {
  await makeVisibleAt(delivery, visibleFor(item, deps.clock.now()), deps);
  await deps.pointers.send(pointerTo(item));
  return returned('it waits for its children, in its group', undefined, received.message);
}

/** The same when the message has come back, and nobody may have made it visible: with the receipt handle that it has now. */
export async function hideInGroupAgain(
  item: JobItem,
  arrival: Arrival,
  deps: WorkerDependencies,
): Promise<Disposition> {
  const { received, delivery } = arrival;
  const now = deps.clock.now();
  const saved = await deps.store.write(saveReceiptHandleWrite(item, delivery.receiptHandle, now));
  if (!saved) return returned('the item changed while it was read', now, received.message);
  return hideInGroup(saved, arrival, deps);
}
