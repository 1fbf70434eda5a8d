import { type Contracts, runQueueOf } from '../author/contract.ts';
import { maxQueueDelaySeconds } from '../domain/base/schedule-time.ts';
import type { JobMessage } from '../domain/state/job/message.ts';
import type { QueueName } from '../domain/state/ports.ts';

interface Route {
  readonly queue: QueueName;
  readonly delaySeconds: number;
}

/** By then the sender of the message has written the item. */
const untilWrittenSeconds = 5;

/**
 * The queue that a message is sent to so that its job runs when it may: the run queue of its type, the ordered queue
 * for a group, or the waiting queue, from which admission sends it on.
 * @param now epoch milliseconds
 */
export function routeOf({ type, options }: JobMessage, contracts: Contracts, now: number): Route {
  if (options.dependsOn) return { queue: 'waiting', delaySeconds: 0 };
  if (options.group !== undefined) return { queue: 'ordered', delaySeconds: 0 };
  const delaySeconds = Math.max(0, (options.runAt ?? now) - now) / 1000;
  if (delaySeconds <= maxQueueDelaySeconds) return { queue: runQueueOf(contracts, type), delaySeconds };
  // After one delay of SQS, another one may be enough. If not, there is nothing to wait for.
  const isNear = delaySeconds <= 2 * maxQueueDelaySeconds;
  return { queue: 'waiting', delaySeconds: isNear ? maxQueueDelaySeconds : untilWrittenSeconds };
}
