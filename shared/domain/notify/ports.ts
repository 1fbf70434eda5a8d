import type { NotificationMessage } from './notification.ts';

/** The queue of the messages by which others are told that a job has ended. */
export interface NotificationQueue {
  /** @param delaySeconds up to 900. @throws QueueUnavailableError */
  send(message: NotificationMessage, delaySeconds?: number): Promise<void>;
}

/** Where the messages go that nobody could be told of, until a person looks at them. */
export interface NotificationDeadLetters {
  /** @throws QueueUnavailableError */
  send(message: NotificationMessage, reason: string): Promise<void>;
}

/** A bus of events. */
export interface EventBus {
  /**
   * @param event its `time` is epoch milliseconds; `detail` becomes JSON
   * @throws EventNotTakenError
   */
  put(event: {
    readonly source: string;
    readonly detailType: string;
    readonly time: number;
    readonly detail: object;
  }): Promise<void>;
}
