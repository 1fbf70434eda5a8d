import type { NotificationQueue } from '../domain/notify/ports.ts';
import type { ErrorGrouping } from '../domain/state/error-grouping.ts';
import type { JobItem } from '../domain/state/job/item.ts';
import { notificationsOf } from '../domain/state/stored/notifications-of.ts';
import { type Disposition, deleted } from './disposition.ts';
import type { ParentNotifier } from './notify-parent.ts';
import { type WakeDependencies, wakeDependents } from './wake-dependents.ts';

export interface EndDependencies extends WakeDependencies {
  readonly notifications: NotificationQueue;
  readonly family: Pick<ParentNotifier, 'ended' | 'runsAgain'>;
}

/** Only who receives a job's message ends the job as failed. */
export interface DeliveredEndDependencies extends EndDependencies {
  readonly grouping: Pick<ErrorGrouping, 'add'>;
}

/**
 * If there was a notification of the end before, somebody may be delivering its notifications right now. A minute later
 * this is recorded in the item, and who receives the second message deletes it.
 */
const repeatedAfterSeconds = 60;

/**
 * Makes the function `notify` tell the targets of a job's notifications that it has ended: those that nobody has tried,
 * and those that were held back.
 * @param item of a job that has ended
 * @throws QueueUnavailableError; then some may be told
 */
export async function sendNotifications(
  item: JobItem,
  { notifications }: Pick<EndDependencies, 'notifications'>,
  delaySeconds = 0,
): Promise<void> {
  const sending = notificationsOf(item).map((message) => notifications.send(message, delaySeconds));
  const failures = (await Promise.allSettled(sending)).flatMap((one) =>
    one.status === 'rejected' ? [one.reason] : [],
  );
  if (failures.length > 0) throw failures[0];
}

/**
 * Tells all who wait for a job's end that it has ended: the jobs that depend on it, its parent and its children, and
 * the targets of its notifications.
 * @param item of a job whose end is stored @param delaySeconds until the targets are told
 * @throws StoreUnavailableError, QueueUnavailableError, ObjectsUnavailableError, NewerVersionError; then some may know
 */
export async function notifyEnd(item: JobItem, deps: EndDependencies, delaySeconds = 0): Promise<void> {
  await wakeDependents(item, deps);
  await deps.family.ended(item);
  await sendNotifications(item, deps, delaySeconds);
}

/**
 * Deletes the message of a job that has ended, but not before others are notified of its end, and a failure is in its
 * group. If that never completes, or others cannot be notified, the message comes again, and its receiver does so.
 * @throws as notifyEnd
 */
export async function notifyThenDelete(
  item: JobItem,
  deps: DeliveredEndDependencies,
  delaySeconds?: number,
): Promise<Disposition> {
  await notifyEnd(item, deps, delaySeconds);
  await deps.grouping.add(item);
  return deleted(`the job is ${item.status}`);
}

/** The same for a job of whose end there may have been a notification before. */
export const notifyAgainThenDelete = (item: JobItem, deps: DeliveredEndDependencies): Promise<Disposition> =>
  notifyThenDelete(item, deps, repeatedAfterSeconds);
