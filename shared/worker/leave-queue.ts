import type { DeliveryState } from '../delivery/classify-delivery.ts';
import { type Disposition, deleted } from '../delivery/disposition.ts';
import { isWithinDelay } from '../domain/base/schedule-time.ts';
import { isPostponed, type JobItem } from '../domain/state/item.ts';
import { pointerTo } from '../domain/state/pointer.ts';
import type { WorkerDependencies } from './before-claim.ts';

/** The worker that has stored the wait died before the message left the queue. Shortly before its end, it may stay. */
export const mustLeaveQueue = (
  state: DeliveryState,
  { clock }: WorkerDependencies,
): state is DeliveryState & { readonly kind: 'notDue'; readonly item: JobItem } =>
  state.kind === 'notDue' &&
  state.item !== undefined &&
  isPostponed(state.item) &&
  !isWithinDelay(state.until, clock.now());

/**
 * Leaves a job to admission, which makes a schedule for it. The item keeps the message, and the delivered one is deleted
 * last: whoever dies before that leaves the message.
 * @throws QueueUnavailableError
 */
export async function leaveQueue(item: JobItem, { pointers }: WorkerDependencies): Promise<Disposition> {
  await pointers.send(pointerTo(item));
  return deleted('the job waits outside of its queue');
}
