/** Every queue of a stage with one ordered queue, as its name goes on after `job-worker-<stage>-`. */
export const stageQueues = [
  'standard',
  'long',
  'server',
  'bulk',
  'ordered.fifo',
  'waiting',
  'dead-letter',
  'dead-letter.fifo',
  'quarantine',
  'notify',
  'notify-slow',
  'notify-dead-letter',
] as const;
/** Those of a stage with more than one ordered queue. */
export const moreOrderedQueues = [
  'ordered-2.fifo',
  'ordered-3.fifo',
  'ordered-4.fifo',
  'ordered-5.fifo',
  'ordered-6.fifo',
  'ordered-7.fifo',
  'ordered-8.fifo',
] as const;
/** In the order of their numbers. */
export const orderedQueueNames = ['ordered.fifo', ...moreOrderedQueues] as const;
/**
 * SQS looks for groups among the first 120,000 messages of a queue. Its figures are late, and those of others come in
 * meanwhile.
 */
export const maxOrderedMessages = 60_000;
/**
 * Up to here each tenant may go on with a few jobs a minute: one that has filled the queue does not shut it for the
 * others.
 */
export const fullOrderedMessages = 90_000;
/** So many. A thousand tenants that all submit as many fill the rest in the minute by which the figures are late. */
export const jobsBesideLongGroups = 30;
export const maxOrderedQueues = orderedQueueNames.length;
export type StageQueue = (typeof stageQueues)[number] | (typeof moreOrderedQueues)[number];

/** The queues of a stage with so many ordered ones. */
export const queuesWith = (orderedQueues: number): readonly StageQueue[] =>
  stageQueues.flatMap((name): readonly StageQueue[] =>
    name === 'ordered.fifo' ? orderedQueueNames.slice(0, orderedQueues) : [name],
  );

/** What SQS says of a queue, approximately: numbers of messages. */
export interface QueueFigures {
  readonly name: StageQueue;
  /** Can be received now. */
  readonly visible: number;
  /** Received and not deleted, or invisible until later. */
  readonly inFlight: number;
  readonly delayed: number;
  /**
   * Of the oldest message; absent for a queue without messages, and where there is no CloudWatch, as on one machine.
   */
  readonly oldestSeconds?: number | undefined;
}

/** Whether a queue is one of those of groups that a stage has beside the first. */
export const isMoreOrdered = ({ name }: Pick<QueueFigures, 'name'>): boolean =>
  moreOrderedQueues.some((each) => each === name);
/** Whether a queue is one of those of groups. */
export const isOrdered = (queue: Pick<QueueFigures, 'name'>): boolean =>
  queue.name === 'ordered.fifo' || isMoreOrdered(queue);
