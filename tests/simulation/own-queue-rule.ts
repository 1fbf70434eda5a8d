import type { JobMessage } from '../../shared/domain/state/message.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** Whoever starts a job of a group has received its message from the queue that its tenant has then. */
export function checkOwnQueue(world: World, id: string, own: SimulatedQueue): void {
  const { orderedQueues, groupPlaces, table } = world;
  const place = groupPlaces.places.get(table.items.get(id)?.tenant ?? '');
  if (!place || !orderedQueues.includes(own) || orderedQueues[place.queue - 1] === own) return;
  throw new Violation(
    'a job of a group starts from the queue of its tenant',
    `${id} starts from ${own.name}`,
  );
}

/** A tenant whom nobody has moved has had its queue since before the first message: nobody sends elsewhere. */
export function checkSentTo(
  { orderedQueues, groupPlaces }: World,
  { tenant }: JobMessage,
  own: SimulatedQueue,
): void {
  const place = groupPlaces.places.get(tenant);
  if (!place || place.changes !== undefined || orderedQueues[place.queue - 1] === own) return;
  throw new Violation(
    'what is sent goes to the queue of its tenant',
    `${tenant} has ${place.queue}, not ${own.name}`,
  );
}
