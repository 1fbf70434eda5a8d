import type { PointerQueue } from '../domain/schedules/schedule-ports.ts';
import type { JobItem } from '../domain/state/job/item.ts';
import { pointerTo } from '../domain/state/job/pointer.ts';

const atATime = 20;

/**
 * Has admission see to jobs that look stuck: it judges each once more.
 * @param lostUnlessSeenSince epoch milliseconds
 * @param pointers to the queue that admission receives from
 * @throws QueueUnavailableError; then some may be sent
 */
export async function sendToResolve(
  items: readonly JobItem[],
  lostUnlessSeenSince: number,
  pointers: PointerQueue,
): Promise<void> {
  for (let first = 0; first < items.length; first += atATime)
    await Promise.all(
      items
        .slice(first, first + atATime)
        .map((item) => pointers.send({ ...pointerTo(item), lostUnlessSeenSince }, 0, item.tenant)),
    );
}
