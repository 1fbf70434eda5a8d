/** Every queue of a stage, as its name goes on after `job-worker-<stage>-`. */
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
  'notify-dead-letter',
] as const;
export type StageQueue = (typeof stageQueues)[number];

/** What SQS says of a queue, approximately: numbers of messages. */
export interface QueueFigures {
  readonly name: StageQueue;
  /** Can be received now. */
  readonly visible: number;
  /** Received and not deleted, or invisible until later. */
  readonly inFlight: number;
  readonly delayed: number;
  /** Of the oldest message; absent for a queue without messages, and where there is no CloudWatch, as on one machine. */
  readonly oldestSeconds?: number | undefined;
}
