import { ConflictError } from '../../domain/base/errors.ts';
import type { NotificationQueue } from '../../domain/notify/ports.ts';
import type { JobReader } from '../../domain/state/ports.ts';
import { isHeldBackOrGivenUp, notificationsOf } from '../../domain/state/stored/notifications-of.ts';
import { type MaySuspend, refuseSuspended } from '../doors/refuse-suspended.ts';
import { findJob, type JobOfTenant, requireSeen } from '../find/find-job.ts';

interface NotifyAgainDependencies extends MaySuspend {
  readonly store: JobReader;
  readonly notifications: NotificationQueue;
}

/**
 * Sends the notifications of a job again that were held back while its tenant was suspended, or given up after three
 * days.
 * @throws ConflictError if there are none; JobNotFoundError; TenantSuspendedError; StoreUnavailableError,
 * QueueUnavailableError: then some may have been sent
 */
export async function notifyAgain(which: JobOfTenant, deps: NotifyAgainDependencies): Promise<void> {
  await refuseSuspended(which.tenant, deps);
  const job = requireSeen(await findJob(which, deps), which);
  const messages = notificationsOf(job, isHeldBackOrGivenUp);
  if (messages.length === 0) throw new ConflictError('No notification of the job was held back or given up.');
  await Promise.all(messages.map((message) => deps.notifications.send(message)));
}
