import { type Disposition, deleted, returned } from '../delivery/disposition.ts';
import { unreachable } from '../domain/base/errors.ts';
import type { Random } from '../domain/base/ports.ts';
import { maxTryingMs } from '../domain/notify/endpoint.ts';
import type { NotificationMessage } from '../domain/notify/notification.ts';
import type { NotificationDeadLetters } from '../domain/notify/ports.ts';
import type { Meter } from '../domain/observe/metrics.ts';
import type { JobItem } from '../domain/state/job/item.ts';
import type { JobStore } from '../domain/state/ports.ts';
import type { Attempt } from './attempt.ts';
import { type PutOffDependencies, putOff } from './put-off.ts';
import { recordAttempt, recordIn } from './record-attempt.ts';
import { turnAfter, waitAfter } from './retry-plan.ts';

export interface SettleDependencies extends PutOffDependencies {
  readonly store: JobStore;
  readonly deadLetters: NotificationDeadLetters;
  readonly random: Random;
  readonly meter: Meter;
}

export interface Notified {
  readonly message: NotificationMessage;
  /** As it was before the attempt. */
  readonly item: JobItem | undefined;
}

/** Makes the next message come: it is sent, or parked. */
export type Postpone = (next: NotificationMessage, dueAt: number) => Promise<void>;

/**
 * What is held back is no attempt. It is kept as a record in the job's item, from which a bulk action sends it again.
 */
export async function holdBack({ message, item }: Notified, deps: SettleDependencies): Promise<Disposition> {
  const { jobId, run, position, attempts } = message;
  const lastError = 'the tenant is suspended';
  deps.log.warn('notification held back', { jobId, run, position, attempts, why: lastError });
  const record = { status: 'failed', attempts, lastError, suspended: true } as const;
  return (await recordAttempt({ item, message, record }, deps))
    ? deleted('the tenant is suspended')
    : returned('that it was held back could not be recorded', deps.clock.now());
}

/**
 * Records how an attempt went. After a failure the next message comes first.
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function settle(
  notified: Notified,
  { attempt, postpone }: { readonly attempt: Attempt; readonly postpone: Postpone },
  deps: SettleDependencies,
): Promise<Disposition> {
  const { message, item } = notified;
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
      const now = deps.clock.now();
      const { firstAt = now } = message;
      const wait = waitAfter(attempts, deps.random.fraction(), retryAfterSeconds);
      if (wait === undefined || now >= firstAt + maxTryingMs)
        return giveUp(notified, { why, attempts }, deps);
      const dueAt = now + wait;
      deps.log.warn('notification failed', { ...logged, why, dueAt });
      await postpone({ ...message, attempts, firstAt }, dueAt);
      await recordAttempt({ item, message, record: { status: 'pending', attempts, lastError: why } }, deps);
      return deleted('the next attempt is in the queue');
    }
    case 'postponed':
      return awaitTurn(notified, attempt, deps);
    case 'refused':
      deps.log.warn('notification refused', { ...logged, why: attempt.why });
      return recordFailed(notified, { attempts, lastError: attempt.why }, deps);
    case 'impossible':
      return sendToDeadLetters(notified, attempt.why, deps);
    default:
      return unreachable(attempt);
  }
}

/**
 * What waits for its turn has no attempt less for that. Its 72 hours go on counting, from the first time that it could
 * have been sent.
 */
async function awaitTurn(
  { message, item }: Notified,
  { why, retryAfterSeconds }: Attempt & { readonly kind: 'postponed' },
  deps: SettleDependencies,
): Promise<Disposition> {
  const { jobId, run, position, attempts } = message;
  const now = deps.clock.now();
  const { firstAt = now } = message;
  if (now >= firstAt + maxTryingMs) return giveUp({ message, item }, { why, attempts }, deps);
  const dueAt = now + turnAfter(now - firstAt, deps.random.fraction(), retryAfterSeconds);
  deps.log.debug('notification waits for its turn', { jobId, run, position, attempts, dueAt });
  await putOff({ ...message, firstAt }, dueAt, deps);
  // It may come again many times.
  if (recordIn(item, message)?.lastError !== why)
    await recordAttempt({ item, message, record: { status: 'pending', attempts, lastError: why } }, deps);
  return deleted('the notification waits for its turn');
}

/** What its receiver has not taken for three days is its tenant's affair: the job says so, and nobody is called. */
export async function giveUp(
  notified: Notified,
  { why, attempts }: { readonly why: string; readonly attempts: number },
  deps: SettleDependencies,
): Promise<Disposition> {
  const { jobId, run, position, tenant, type } = notified.message;
  deps.log.warn('notification given up', { jobId, run, position, attempts, tenant, why });
  deps.meter.count('NotificationsGivenUp', type);
  return recordFailed(notified, { attempts, lastError: why, givenUp: true }, deps);
}

/** What the stage itself cannot send is for an operator to look at. */
async function sendToDeadLetters(
  notified: Notified,
  why: string,
  deps: SettleDependencies,
): Promise<Disposition> {
  const { dueAt: _past, ...message } = notified.message;
  const { jobId, run, position, type } = message;
  const attempts = message.attempts + 1;
  deps.log.error('notification not possible', { jobId, run, position, attempts, why });
  // Moved back to the queue of notifications, it is one more attempt.
  await deps.deadLetters.send({ ...message, attempts }, why);
  deps.meter.count('NotificationsGivenUp', type);
  return recordFailed(notified, { attempts, lastError: why }, deps);
}

async function recordFailed(
  { message, item }: Notified,
  failure: { readonly attempts: number; readonly lastError: string; readonly givenUp?: true },
  deps: SettleDependencies,
): Promise<Disposition> {
  await recordAttempt({ item, message, record: { status: 'failed', ...failure } }, deps);
  return deleted('there is no further attempt');
}
