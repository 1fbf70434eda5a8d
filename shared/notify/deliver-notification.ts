import { deliveredText } from '../delivery/delivered-text.ts';
import { type Disposition, deleted, returned } from '../delivery/disposition.ts';
import { quarantine } from '../delivery/read-delivery.ts';
import type { Suspensions } from '../domain/access/ports.ts';
import { UnreadableMessageError, unreachable } from '../domain/base/errors.ts';
import type { Random } from '../domain/base/ports.ts';
import { type NotificationMessage, notificationMessage } from '../domain/notify/notification.ts';
import type { NotificationDeadLetters } from '../domain/notify/ports.ts';
import type { Meter } from '../domain/observe/metrics.ts';
import type { JobItem } from '../domain/state/item.ts';
import { readMessageAs } from '../domain/state/message.ts';
import type { Delivery, JobQueue, JobStore } from '../domain/state/ports.ts';
import type { Attempt } from './attempt.ts';
import { type PutOffDependencies, putOff } from './put-off.ts';
import { recordAttempt, recordIn } from './record-attempt.ts';
import { waitAfter } from './retry-plan.ts';

export interface NotifyDependencies extends PutOffDependencies {
  readonly suspensions: Suspensions;
  readonly store: JobStore;
  /** The queue that the message came from, as a queue of deliveries. */
  readonly queue: JobQueue;
  readonly deadLetters: NotificationDeadLetters;
  /** Tells the message's target, once. What it throws is no failure of the target: the message comes again. */
  readonly tell: (message: NotificationMessage) => Promise<Attempt>;
  readonly random: Random;
  readonly meter: Meter;
}

/**
 * Tells a target that a job has ended, and records how that went. After a failure the next message is sent *before* the
 * failure is recorded: whoever dies in between leaves two messages, of which the second finds itself outdated. The other
 * way round there would be none.
 * @returns what becomes of the message
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError, and what `tell` throws
 */
export async function deliverNotification(
  delivery: Delivery,
  deps: NotifyDependencies,
): Promise<Disposition> {
  const message = readMessageAs(notificationMessage, deliveredText(delivery.body));
  if (message instanceof UnreadableMessageError) return quarantine(delivery, message, deps);
  const { jobId, attempts, dueAt = 0 } = message;
  if (dueAt > deps.clock.now()) {
    await putOff(message, dueAt, deps);
    return deleted('the notification is not due, and was sent anew');
  }
  const item = await deps.store.read(jobId);
  const known = recordIn(item, message);
  if (known?.status === 'delivered') return deleted('the notification was delivered');
  if (known && known.attempts > attempts) return deleted('a later attempt has replaced this notification');
  if (await deps.suspensions.isSuspended(message.tenant)) return holdBack({ message, item }, deps);
  return settle({ message, item }, await deps.tell(message), deps);
}

interface Told {
  readonly message: NotificationMessage;
  /** As it was before the attempt. */
  readonly item: JobItem | undefined;
}

/** What is held back is no attempt. It is kept as a record in the job's item, from which a bulk action sends it again. */
async function holdBack({ message, item }: Told, deps: NotifyDependencies): Promise<Disposition> {
  const { jobId, run, position, attempts } = message;
  const lastError = 'the tenant is suspended';
  deps.log.warn('notification held back', { jobId, run, position, attempts, why: lastError });
  const record = { status: 'failed', attempts, lastError, suspended: true } as const;
  return (await recordAttempt({ item, message, record }, deps))
    ? deleted('the tenant is suspended')
    : returned('that it was held back could not be recorded', deps.clock.now());
}

async function settle(told: Told, attempt: Attempt, deps: NotifyDependencies): Promise<Disposition> {
  const { message, item } = told;
  const { jobId, run, position } = message;
  const attempts = message.attempts + 1;
  const logged = { jobId, run, position, attempts };
  switch (attempt.kind) {
    case 'delivered':
      deps.log.info('notification delivered', logged);
      await recordAttempt({ item, message, record: { status: 'delivered', attempts } }, deps);
      return deleted('the notification is delivered');
    case 'failed': {
      const { why, retryAfterSeconds } = attempt;
      const wait = waitAfter(attempts, deps.random.fraction(), retryAfterSeconds);
      if (wait === undefined) return sendToDeadLetters(told, why, deps);
      const dueAt = deps.clock.now() + wait;
      deps.log.warn('notification failed', { ...logged, why, dueAt });
      await putOff({ ...message, attempts }, dueAt, deps);
      await recordAttempt({ item, message, record: { status: 'pending', attempts, lastError: why } }, deps);
      return deleted('the next attempt is in the queue');
    }
    case 'refused':
      deps.log.warn('notification refused', { ...logged, why: attempt.why });
      return recordFailed(told, attempt.why, deps);
    case 'impossible':
      return sendToDeadLetters(told, attempt.why, deps);
    default:
      return unreachable(attempt);
  }
}

/** What its receiver refuses is that receiver's affair. What is given up is for an operator to look at. */
async function sendToDeadLetters(told: Told, why: string, deps: NotifyDependencies): Promise<Disposition> {
  const { dueAt: _past, ...message } = told.message;
  const { jobId, run, position } = message;
  const attempts = message.attempts + 1;
  deps.log.error('notification given up', { jobId, run, position, attempts, why });
  // Moved back to the queue of notifications, it is one more attempt.
  await deps.deadLetters.send({ ...message, attempts }, why);
  deps.meter.count('NotificationsGivenUp', message.type);
  return recordFailed(told, why, deps);
}

async function recordFailed(
  { message, item }: Told,
  lastError: string,
  deps: NotifyDependencies,
): Promise<Disposition> {
  const attempts = message.attempts + 1;
  await recordAttempt({ item, message, record: { status: 'failed', attempts, lastError } }, deps);
  return deleted('there is no further attempt');
}
