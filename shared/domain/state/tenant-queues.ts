import { QueueUnavailableError } from '../base/errors.ts';
import { sha256 } from '../base/sha256.ts';
import type { JobMessage } from './job/message.ts';
import type { Delivery, JobQueue } from './ports.ts';

/** The ordered queues, of which each tenant has one. Every call @throws QueueUnavailableError */
export type GroupQueue = Pick<JobQueue, 'send'>;

/** The same queues, for who also shows a received message again: that is a right of its own. */
export interface ShownGroupQueue extends GroupQueue {
  /** Makes a received message of a tenant visible again after the given seconds (0: at once). */
  changeVisibility(
    delivery: Pick<Delivery, 'receiptHandle'> & { readonly tenant: string },
    seconds: number,
  ): Promise<void>;
}

/**
 * Which ordered queue has the groups of a tenant, from 1 on. All messages of a group must be in one queue: SQS knows no
 * order between two. So every build and every process must say the same, and a stage keeps its number of queues (ADR
 * 144).
 * @param queues how many the stage has
 */
export const orderedQueueOf = (tenant: string, queues: number): number =>
  queues === 1 ? 1 : 1 + (Number.parseInt(sha256(tenant, 'hex').slice(0, 8), 16) % queues);

/** @param queues in the order of their numbers */
function queueOf<Queue>(tenant: string, queues: readonly Queue[]): Queue {
  const queue = queues[orderedQueueOf(tenant, queues.length) - 1];
  if (!queue) throw new QueueUnavailableError('no ordered queue');
  return queue;
}

/** The ordered queues as one: what is sent goes to the queue of its tenant. */
export const groupQueue = (
  queues: readonly Pick<JobQueue, 'send' | 'changeVisibility'>[],
): ShownGroupQueue => ({
  send: async (message, delaySeconds) => queueOf(message.tenant, queues).send(message, delaySeconds),
  changeVisibility: async ({ tenant, receiptHandle }, seconds) =>
    queueOf(tenant, queues).changeVisibility({ receiptHandle }, seconds),
});

interface ManyQueue {
  sendAll(messages: readonly JobMessage[], mayGoOn: () => boolean): Promise<void>;
}

/** The same for children, who are all of one tenant. */
export const groupChildQueue = (queues: readonly ManyQueue[]): ManyQueue => ({
  sendAll: async (messages, mayGoOn) => {
    const [first] = messages;
    if (first) await queueOf(first.tenant, queues).sendAll(messages, mayGoOn);
  },
});
