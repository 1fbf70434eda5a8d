import type { JobItem } from './contracts/job-item.ts';
import type { JobMessage } from './contracts/job-message.ts';
import type { JobWrite } from './protocol/job-write.ts';

/** The table. */
export interface JobStore {
  /** A strongly consistent read. @throws StoreUnavailableError */
  read(id: string): Promise<JobItem | undefined>;
  /**
   * Makes the write if its condition holds.
   * @returns the item as it is after the write, or undefined if the condition did not hold
   * @throws StoreUnavailableError; the write may or may not have happened
   */
  write(write: JobWrite): Promise<JobItem | undefined>;
}

/** One delivery of a message. */
export interface Delivery {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly receiveCount: number;
  /** When the message was sent, epoch milliseconds. */
  readonly sentAt: number;
}

/** A queue delays a message by 15 minutes at most. */
export const longestQueueDelaySeconds = 900;

/** The queue of jobs, and the queue of what cannot be read. Every call @throws QueueUnavailableError */
export interface JobQueue {
  /** Whether messages of a group come one at a time, in the order in which they were sent. */
  readonly isOrdered: boolean;
  /** @param delaySeconds after which the message is seen for the first time */
  send(message: JobMessage, delaySeconds?: number): Promise<void>;
  /** Makes a received message visible again in so many seconds (0: at once), whoever receives it then. */
  hide(delivery: Pick<Delivery, 'receiptHandle'>, seconds: number): Promise<void>;
  /** Copies a message to the dead-letter queue, with the reason. */
  bury(delivery: Delivery, reason: string): Promise<void>;
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after so many milliseconds, or as soon as the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  uuid(): string;
  /** Uniform in [0, 1). */
  fraction(): number;
}
