import type { JobMessage } from '../contracts/job-message.ts';
import { queueOf } from '../jobs/catalog.ts';

/** Every queue that messages of jobs are sent to. */
export const queueNames = ['standard', 'long', 'ordered', 'waiting'] as const;
export type QueueName = (typeof queueNames)[number];

export interface Route {
  readonly queue: QueueName;
  readonly delaySeconds: number;
}

/** SQS delays a message by 15 minutes at most. */
const longestDelaySeconds = 900;

/** Where a message is sent, so that its job runs when it may: to its run queue, or to the gate. */
export function routeOf({ type, options }: JobMessage, now: number): Route {
  if (options.dependsOn) return { queue: 'waiting', delaySeconds: 0 };
  if (options.group !== undefined) return { queue: 'ordered', delaySeconds: 0 };
  const delaySeconds = Math.max(0, (options.runAt ?? now) - now) / 1000;
  return delaySeconds <= longestDelaySeconds
    ? { queue: queueOf(type), delaySeconds }
    : { queue: 'waiting', delaySeconds: longestDelaySeconds };
}
