import type { Delivery, JobQueue } from './ports.ts';

/** Which of the stage's ordered queues has the groups of a tenant. */
export interface GroupPlace {
  /** From 1 on. */
  readonly queue: number;
}

/** The places of tenants. Every call @throws StoreUnavailableError */
export interface GroupPlaces {
  /** A strongly consistent read. */
  read(tenant: string): Promise<GroupPlace | undefined>;
  /** Keeps the queue of a tenant, unless the tenant has one. @returns the one that it has now */
  keep(tenant: string, queue: number): Promise<GroupPlace>;
  /** Since when the stage has several ordered queues: since the first call, and that is `now` then. Epoch milliseconds. */
  since(now: number): Promise<number>;
}

/** The ordered queues, of which each tenant has one. Every call @throws QueueUnavailableError */
export interface GroupQueue extends Pick<JobQueue, 'send'> {
  /** Makes a received message of a tenant visible again after the given seconds (0: at once). */
  changeVisibility(
    delivery: Pick<Delivery, 'receiptHandle'> & { readonly tenant: string },
    seconds: number,
  ): Promise<void>;
}
