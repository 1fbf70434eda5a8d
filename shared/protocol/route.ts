import type { JobMessage } from '../contracts/job-message.ts';
import { queueOf } from '../jobs/catalog.ts';
import { longestQueueDelaySeconds } from '../ports.ts';

/** Every queue that messages of jobs are sent to. */
export const queueNames = ['standard', 'long', 'ordered', 'waiting'] as const;
export type QueueName = (typeof queueNames)[number];

interface Route {
  readonly queue: QueueName;
  readonly delaySeconds: number;
}

/** Where a message is sent, so that its job runs when it may: to its run queue, or to the gate. */
export function routeOf({ type, options }: JobMessage, now: number): Route {
  if (options.dependsOn) return { queue: 'waiting', delaySeconds: 0 };
  if (options.group !== undefined) return { queue: 'ordered', delaySeconds: 0 };
  const delaySeconds = Math.max(0, (options.runAt ?? now) - now) / 1000;
  return delaySeconds <= longestQueueDelaySeconds
    ? { queue: queueOf(type), delaySeconds }
    : { queue: 'waiting', delaySeconds: longestQueueDelaySeconds };
}
