import { maxQueueDelaySeconds } from '../../shared/domain/base/schedule-time.ts';
import type { OneTimeSchedules, PointerQueue } from '../../shared/domain/schedules/schedule-ports.ts';
import type { JobPointer } from '../../shared/domain/state/job/pointer.ts';
import type { Instance } from './instance.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import type { World } from './world.ts';

/** Scheduler as one instance sees it, for messages to one queue. */
export const schedulePort = <Message>(
  { scheduler }: World,
  instance: Instance,
  queue: SimulatedQueue,
): OneTimeSchedules<Message> => ({
  create: ({ name, at, message }) =>
    instance.call('scheduler', 'create a schedule', async () =>
      scheduler.create(name, { at, body: JSON.stringify(message), queue }),
    ),
  delete: (name) => instance.call('scheduler', 'delete a schedule', async () => scheduler.delete(name)),
});

export const pointerPort = ({ waiting, net, guard }: World, instance: Instance): PointerQueue => ({
  send: (pointer: JobPointer, delaySeconds = 0) =>
    instance.call('queue', 'send a pointer', async () => {
      if (pointer.again && instance.role === 'overdue') guard(() => net.onLook(pointer.id));
      waiting.send(JSON.stringify(pointer), { delayMs: Math.min(delaySeconds, maxQueueDelaySeconds) * 1000 });
    }),
});
