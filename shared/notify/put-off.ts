import { asError } from '../domain/base/errors.ts';
import type { Clock, Log } from '../domain/base/ports.ts';
import { firesAt, isWithinDelay, maxQueueDelaySeconds } from '../domain/base/schedule-time.ts';
import type { NotificationMessage } from '../domain/notify/notification.ts';
import type { NotificationQueue } from '../domain/notify/ports.ts';
import type { OneTimeSchedules } from '../domain/schedules/schedule-ports.ts';
import { shortHash } from '../domain/state/job/pointer.ts';

export interface PutOffDependencies {
  readonly notifications: NotificationQueue;
  /** They send notifications to the same queue. */
  readonly schedules: OneTimeSchedules<NotificationMessage>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Makes a notification come when its next attempt is due: by a delayed message, or by a schedule, which comes early, so
 * that a delayed message follows.
 * @param dueAt epoch milliseconds
 * @throws QueueUnavailableError
 */
export async function putOff(
  message: NotificationMessage,
  dueAt: number,
  { notifications, schedules, clock, log }: PutOffDependencies,
): Promise<void> {
  const delayed = { ...message, dueAt };
  if (!isWithinDelay(dueAt, clock.now())) {
    try {
      const name = nameOf(message);
      return await schedules.create({ name, at: firesAt(name, dueAt), message: delayed });
    } catch (thrown) {
      // Scheduler throttles, or does not answer. In a quarter of an hour there is another try.
      log.warn('notification not scheduled', { error: asError(thrown), jobId: message.jobId });
    }
  }
  await notifications.send(delayed, Math.min((dueAt - clock.now()) / 1000, maxQueueDelaySeconds));
}

/** The same for every copy of the message: each end of a job has one next attempt for each of its targets. */
const nameOf = ({ jobId, run, status, finishedAt, position, attempts }: NotificationMessage): string =>
  `${jobId}-${run}-${shortHash(status, finishedAt, position, attempts)}`;
