import type { ErrorGroup } from './failures/error-group.ts';
import type { JobItem } from './job/item.ts';
import type { JobMessage } from './job/message.ts';
import type { NewerItem, ReadApart } from './job/newer-item.ts';
import type { JobWait } from './waits/wait.ts';
import type { JobWrite } from './writes/job-write.ts';

/** The table, for who changes nothing. */
export interface JobReader {
  /** A strongly consistent read. @throws StoreUnavailableError, NewerVersionError */
  read(id: string): Promise<JobItem | undefined>;
}

/** Where dependencies are looked up. */
export interface DependencyReader {
  /**
   * A strongly consistent read. @returns also what it has cost, in read units. @throws StoreUnavailableError,
   * NewerVersionError
   */
  read(id: string): Promise<{
    readonly job?: Pick<JobItem, 'tenant' | 'parent'> | undefined;
    readonly units: number;
  }>;
}

/** The table. */
export interface JobStore extends JobReader {
  /**
   * Makes the write if its condition holds.
   * @returns the item as it is after the write, or undefined if the condition did not hold
   * @throws StoreUnavailableError; the write may or may not have happened. NewerVersionError
   */
  write(write: JobWrite): Promise<JobItem | undefined>;
}

/**
 * The table, with large messages in objects. Who makes a job wait or end needs it: an item has no room for every
 * message.
 */
export interface MessageKeepingStore extends JobStore {
  readonly keepsMessages: true;
}

/** Where a job is in a list: `position` is its creation time and id, and sorts as they do. */
export interface Listed {
  readonly id: string;
  readonly position: string;
}

/** What a read found, and what it cost in DynamoDB's read units. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly units: number;
}

export interface ListQuery {
  /** All jobs, or the failed ones. */
  readonly list: 'all' | 'failed';
  /** The tenant's list, or a shard of it, see list-keys.ts. */
  readonly key: string;
  /** Positions from this one on. It must not be above `below`: DynamoDB refuses such a range. */
  readonly since: string;
  /** Positions below this one. */
  readonly below: string;
  readonly limit: number;
}

/** The lists of jobs. Every call @throws StoreUnavailableError */
export interface JobList {
  /** Newest first. Eventually consistent: a job may come into the list a moment after it was created. */
  find(query: ListQuery): Promise<Page<Listed>>;
  /**
   * The items of up to 100 jobs, without order and each once, by a consistent read: a job that is in a list is found,
   * unless TTL has removed it. Those that only newer code can read are apart.
   */
  read(ids: readonly string[]): Promise<Page<JobItem> & ReadApart<JobItem>>;
}

/** All jobs, a page at a time, for who looks for stuck ones. */
export interface OpenJobs {
  /**
   * The jobs of the next page of the table that have not ended, and were not written to since a time. Eventually
   * consistent, in an order that never changes.
   * @param query `after`: the `next` of the page before
   * @returns those that only newer code can read are apart. `next` is absent after the last page
   * @throws StoreUnavailableError
   */
  page(query: {
    readonly unchangedSince: number;
    readonly after?: string | undefined;
  }): Promise<Page<JobItem> & ReadApart<JobItem> & { readonly next?: string | undefined }>;
}

/** The groups of failures, for who shows them. */
export interface ErrorGroupList {
  /**
   * Groups of a tenant with a position below this one, newest first. Eventually consistent.
   * @returns at most so many, with those apart that only newer code can read, and where the next ones begin, unless
   * these are the last; and what it cost, in read units
   * @throws StoreUnavailableError
   */
  find(query: {
    readonly tenant: string;
    readonly below?: string | undefined;
    readonly limit: number;
  }): Promise<{
    readonly groups: readonly ErrorGroup[];
    readonly newer: readonly NewerItem[];
    readonly next?: string;
    readonly units: number;
  }>;
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

/** Every queue that messages of jobs are sent to. */
export const queueNames = ['standard', 'long', 'server', 'bulk', 'ordered', 'waiting'] as const;
export type QueueName = (typeof queueNames)[number];

/** A queue of jobs. Every call @throws QueueUnavailableError */
export interface JobQueue {
  /** Whether messages of a group come one at a time, in the order in which they were sent. */
  readonly isOrdered: boolean;
  /** @param delaySeconds after which the message is visible for the first time */
  send(message: JobMessage, delaySeconds?: number): Promise<void>;
  /** Makes a received message visible again after the given seconds (0: at once). */
  changeVisibility(delivery: Pick<Delivery, 'receiptHandle'>, seconds: number): Promise<void>;
  /** Copies a message that cannot be processed to the quarantine queue, with the reason. */
  quarantine(delivery: Delivery, reason: string): Promise<void>;
}

/** What a survey reads of a job: no payload, and no result. */
export interface SampledJob
  extends Pick<JobItem, 'id' | 'tenant' | 'type' | 'status' | 'updatedAt' | 'finishedAt'> {
  /** What it waits for. */
  readonly wait?: JobWait | undefined;
  readonly errorName?: string | undefined;
}

export interface JobSample {
  readonly jobs: readonly SampledJob[];
  /** Of the table that they were read from: 1 is all of it. */
  readonly share: number;
  /** What it cost, in read units. */
  readonly units: number;
}
