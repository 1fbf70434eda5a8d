import type { Delivery, JobQueue } from './ports.ts';

/** The move of a tenant to another ordered queue. */
export interface GroupMove {
  readonly to: number;
  /**
   * `drain`: nobody submits jobs of groups over HTTP, and those that exist come to their end. `closed`: nobody sends a message of a group of
   * the tenant, and nobody starts a job of one.
   */
  readonly phase: 'drain' | 'closed';
}

/** Which of the stage's ordered queues has the groups of a tenant. */
export interface GroupPlace {
  /** From 1 on. */
  readonly queue: number;
  readonly move?: GroupMove | undefined;
  /** How often an operator has changed the place: so no change that comes late undoes another one. */
  readonly changes?: number | undefined;
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

/** The places of tenants, for who moves a tenant. Every call @throws StoreUnavailableError */
export interface MovablePlaces extends Pick<GroupPlaces, 'read'> {
  /**
   * Changes the place of a tenant, unless somebody else has changed it since it was read.
   * @param was as it was read
   * @returns whether it is changed
   */
  change(
    tenant: string,
    was: GroupPlace,
    to: { readonly queue: number; readonly move?: GroupMove },
  ): Promise<boolean>;
}

/** A job, or a batch of children, that has not ended. */
export interface UnfinishedWork {
  readonly kind: 'job' | 'batch';
  /** That of the job, or of the parent of the children. */
  readonly jobId: string;
}

/** What may have messages in the ordered queue of a tenant. */
export interface UnfinishedGroups {
  /**
   * The jobs of groups of a tenant that have not ended, and the batches of children, since a child has no item until a worker claims it.
   * Whatever was stored before the call is found.
   * @returns some of it; none if there is nothing
   * @throws StoreUnavailableError
   */
  find(tenant: string): Promise<readonly UnfinishedWork[]>;
}

/** The ordered queues, of which each tenant has one. Every call @throws QueueUnavailableError */
export interface GroupQueue extends Pick<JobQueue, 'send'> {
  /** Makes a received message of a tenant visible again after the given seconds (0: at once). */
  changeVisibility(
    delivery: Pick<Delivery, 'receiptHandle'> & { readonly tenant: string },
    seconds: number,
  ): Promise<void>;
}
