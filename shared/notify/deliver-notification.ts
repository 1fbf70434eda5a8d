import { deliveredText } from '../delivery/delivered-text.ts';
import { type Disposition, deleted, returned } from '../delivery/disposition.ts';
import { quarantine } from '../delivery/read-delivery.ts';
import type { Suspensions } from '../domain/access/ports.ts';
import { UnreadableMessageError } from '../domain/base/errors.ts';
import { endpointTryVersion } from '../domain/base/version.ts';
import { type Endpoint, type EndpointTry, endpointOf, endpointTry } from '../domain/notify/endpoint.ts';
import { type NotificationMessage, notificationMessage } from '../domain/notify/notification.ts';
import type { NotificationQueue } from '../domain/notify/ports.ts';
import { readMessageAs } from '../domain/state/job/message.ts';
import type { Delivery, JobQueue } from '../domain/state/ports.ts';
import type { Attempt } from './attempt.ts';
import { type ParkDependencies, parkNotification } from './park-notification.ts';
import { putOff } from './put-off.ts';
import { recordIn } from './record-attempt.ts';
import { holdBack, type Notified, type Postpone, type SettleDependencies, settle } from './settle-attempt.ts';
import { tryEndpoint } from './try-endpoint.ts';

export interface NotifyDependencies extends SettleDependencies, Omit<ParkDependencies, 'clock'> {
  readonly suspensions: Suspensions;
  /** The queue that the message came from, as a queue of deliveries. */
  readonly queue: JobQueue;
  /** Where notifications to an endpoint go that may be slow. Absent: the message came from there. */
  readonly slowNotifications?: NotificationQueue | undefined;
  /** Tells the message's target, once. What it throws is no failure of the target: the message comes again. */
  readonly notify: (message: NotificationMessage) => Promise<Attempt>;
}

/**
 * Tells a target that a job has ended, and records how that went. After a failure the next message is sent *before* the
 * failure is recorded: a function that dies in between leaves two messages, of which the second finds itself outdated.
 * The other way round there would be none. What goes to an endpoint that does not answer is parked, and a message that
 * tries the endpoint is processed here, too. Of the common queue, a notification to an endpoint that may answer slowly
 * goes to a queue of its own: it would hold an invocation, for which those of others wait.
 * @returns what becomes of the message
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError, and what `notify` throws
 */
export async function deliverNotification(
  delivery: Delivery,
  deps: NotifyDependencies,
): Promise<Disposition> {
  const message = readDelivered(deliveredText(delivery.body));
  if (message instanceof UnreadableMessageError) return quarantine(delivery, message, deps);
  if ('tryEndpoint' in message) return tryEndpoint(message, delivery.messageId, deps);
  const { jobId, attempts, dueAt = 0 } = message;
  if (dueAt > deps.clock.now()) {
    await putOff(message, dueAt, deps);
    return deleted('the notification is not due, and was sent anew');
  }
  const endpoint = endpointOf(message);
  if (endpoint && deps.slowNotifications && (await deps.breakers.mayBeSlow(endpoint))) {
    await deps.slowNotifications.send(message);
    return deleted('the endpoint may answer slowly, and the notification waits beside the others');
  }
  const item = await deps.store.read(jobId);
  const known = recordIn(item, message);
  if (known?.status === 'delivered') return deleted('the notification was delivered');
  if (known && known.attempts > attempts) return deleted('a later attempt has replaced this notification');
  if (await deps.suspensions.isSuspended(message.tenant)) return holdBack({ message, item }, deps);
  return endpoint ? notifyEndpoint({ message, item }, endpoint, deps) : notifyAtOnce({ message, item }, deps);
}

/** @throws NewerVersionError */
function readDelivered(text: string): NotificationMessage | EndpointTry | UnreadableMessageError {
  if (text.includes('"tryEndpoint"')) {
    const read = readMessageAs(endpointTry, text, endpointTryVersion);
    if (!(read instanceof UnreadableMessageError)) return read;
  }
  return readMessageAs(notificationMessage, text);
}

async function notifyAtOnce(notified: Notified, deps: NotifyDependencies): Promise<Disposition> {
  const attempt = await deps.notify(notified.message);
  return settle(notified, { attempt, postpone: (next, dueAt) => putOff(next, dueAt, deps) }, deps);
}

/** The same at each attempt of a notification. */
const keyOf = ({ jobId, run, status, position }: NotificationMessage): string =>
  `${jobId}-${run}-${status}-${position}`;

async function notifyEndpoint(
  notified: Notified,
  endpoint: Endpoint,
  deps: NotifyDependencies,
): Promise<Disposition> {
  const { breakers } = deps;
  const attempt = await breakers.attempt(
    endpoint,
    () => deps.notify(notified.message),
    keyOf(notified.message),
  );
  if (attempt === 'busy') return returned('the endpoint answers slowly', deps.clock.now());
  if (attempt === 'open') {
    if (await parkNotification(notified.message, endpoint, deps))
      return deleted('the notification is parked');
    return notifyEndpoint(notified, endpoint, deps);
  }
  const postpone: Postpone = async (next, dueAt) => {
    const isParked = breakers.isKnownOpen(endpoint) && (await parkNotification(next, endpoint, deps));
    if (!isParked) await putOff(next, dueAt, deps);
  };
  return settle(notified, { attempt, postpone }, deps);
}
