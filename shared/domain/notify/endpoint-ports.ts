import type { Breaker, BreakerWrite } from './breaker.ts';
import type { Endpoint, EndpointTry, ParkedNotification } from './endpoint.ts';

/** What is known of endpoints that do not answer, and what waits for them. Every call @throws StoreUnavailableError */
export interface EndpointStore {
  /** A strongly consistent read. @throws NewerVersionError */
  read(endpoint: Endpoint): Promise<Breaker | undefined>;
  /** @returns whether the condition held */
  write(write: BreakerWrite): Promise<boolean>;
  /** Parks a notification, or does nothing if it is parked: its time goes on counting. */
  park(endpoint: Endpoint, notification: ParkedNotification): Promise<void>;
  /**
   * Some of what is parked under an endpoint, the oldest first; nothing only if nothing is. A strongly consistent read.
   * @param limit of each shard @throws NewerVersionError
   */
  front(endpoint: Endpoint, limit: number): Promise<readonly ParkedNotification[]>;
  /** Does nothing if it is not parked. */
  remove(endpoint: Endpoint, id: string): Promise<void>;
}

/** The index of the breakers that are not closed. Every call @throws StoreUnavailableError */
export interface TriedEndpoints {
  /**
   * Endpoints of one part whose next try has not come by a time, the earliest first. An eventually consistent read.
   * @param part from 0 to `lookParts` - 1 @param until epoch milliseconds
   */
  missed(query: {
    readonly part: number;
    readonly until: number;
    readonly limit: number;
  }): Promise<readonly Endpoint[]>;
}

/** The queue of slow receivers, for the messages by which endpoints are tried again. */
export interface EndpointTryQueue {
  /** @param delaySeconds up to 900. @throws QueueUnavailableError */
  send(message: EndpointTry, delaySeconds: number): Promise<void>;
}
