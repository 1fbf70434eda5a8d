import type { Clock, Log } from '../domain/base/ports.ts';
import type { NotificationMessage, NotificationRecord } from '../domain/notify/notification.ts';
import type { JobItem } from '../domain/state/job/item.ts';
import type { JobStore } from '../domain/state/ports.ts';
import { isOfSameEnd, recordsOf } from '../domain/state/stored/notifications-of.ts';
import { recordNotificationWrite } from '../domain/state/writes/notification-writes.ts';

/** The notifications of one job are recorded in one attribute, so their writers may be in each other's way. */
const maxTries = 10;

interface RecordDependencies {
  readonly store: JobStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** The item has a place for the record: it still shows the end that the message tells of. */
const canBeRecorded = (item: JobItem | undefined, message: NotificationMessage): item is JobItem =>
  item !== undefined && isOfSameEnd(message, item) && message.position < (item.notify ?? []).length;

/** What the item says of the message's notification; null if nothing. */
export const recordIn = (
  item: JobItem | undefined,
  message: NotificationMessage,
): NotificationRecord | null =>
  canBeRecorded(item, message) ? (recordsOf(item)[message.position] ?? null) : null;

/** Copies of a message may be processed side by side. What is delivered stays delivered, and more attempts are news. */
const isNews = (known: NotificationRecord | null, { status, attempts }: NotificationRecord): boolean => {
  if (known === null) return true;
  if (known.status === 'delivered') return false;
  return status === 'delivered' || attempts >= known.attempts;
};

/**
 * Records in the job's item how an attempt went. If the item has moved on, there is nothing to record.
 * @returns false if others were in the way again and again
 * @param item as it was read before the attempt
 * @throws StoreUnavailableError, NewerVersionError
 */
export async function recordAttempt(
  {
    item,
    message,
    record,
  }: { item: JobItem | undefined; message: NotificationMessage; record: NotificationRecord },
  { store, clock, log }: RecordDependencies,
): Promise<boolean> {
  const { jobId, position } = message;
  let known = item;
  for (let tries = 1; tries <= maxTries; tries += 1) {
    if (!canBeRecorded(known, message) || !isNews(recordIn(known, message), record)) return true;
    if (await store.write(recordNotificationWrite(known, { position, record, now: clock.now() })))
      return true;
    known = await store.read(jobId);
  }
  log.warn('notification not recorded', { jobId, position, status: record.status });
  return false;
}
