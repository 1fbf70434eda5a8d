import type { JobPointer } from '../state/job/pointer.ts';

/** A schedule that sends one message, once. */
export interface OneTimeSchedule<Message> {
  /** Up to 64 characters: letters, digits, and `-_.`. It must stand for all that the schedule does. */
  readonly name: string;
  /** A full minute, epoch milliseconds. It fires anywhere within that minute, or later, and perhaps twice. */
  readonly at: number;
  readonly message: Message;
}

/**
 * One-time schedules of EventBridge Scheduler, all with one queue as their target. A schedule is deleted some time
 * after it has fired. Every call @throws SchedulesUnavailableError
 */
export interface OneTimeSchedules<Message> {
  /** Creates the schedule, or does nothing if there is one of this name. A time that is past is refused. */
  create(schedule: OneTimeSchedule<Message>): Promise<void>;
  /** Deletes the schedule, or does nothing if there is none. */
  delete(name: string): Promise<void>;
}

/** The waiting queue, for pointers. */
export interface PointerQueue {
  /**
   * @param delaySeconds up to 900
   * @param tenant whose job it is: one with many pointers does not delay those of others. Absent: the sender does not
   * know
   * @throws QueueUnavailableError
   */
  send(pointer: JobPointer, delaySeconds?: number, tenant?: string): Promise<void>;
}
