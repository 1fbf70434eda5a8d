import { type Contracts, runQueueOf } from '../job/contract.ts';
import type { JobMessage } from '../job/message.ts';
import { maxQueueDelaySeconds, type QueueName } from '../job/ports.ts';

interface Route {
  readonly queue: QueueName;
  readonly delaySeconds: number;
}

/**
 * The queue that a message is sent to so that its job runs when it may: the run queue of its type, the ordered queue
 * for a group, or the waiting queue, from which admission sends it on.
 * @param now epoch milliseconds
 */
export function routeOf({ type, options }: JobMessage, contracts: Contracts, now: number): Route {
  if (options.dependsOn) return { queue: 'waiting', delaySeconds: 0 };
  if (options.group !== undefined) return { queue: 'ordered', delaySeconds: 0 };
  const delaySeconds = Math.max(0, (options.runAt ?? now) - now) / 1000;
  return delaySeconds <= maxQueueDelaySeconds
    ? { queue: runQueueOf(contracts, type), delaySeconds }
    : { queue: 'waiting', delaySeconds: maxQueueDelaySeconds };
}
