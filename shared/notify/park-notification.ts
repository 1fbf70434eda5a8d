import type { Clock } from '../domain/base/ports.ts';
import { endpointTryVersion, plainVersion } from '../domain/base/version.ts';
import { type Breaker, breakerWrite, lostAt } from '../domain/notify/breaker.ts';
import { type Endpoint, maxTryingMs, parkedIdOf } from '../domain/notify/endpoint.ts';
import type { EndpointStore, EndpointTryQueue } from '../domain/notify/endpoint-ports.ts';
import type { NotificationMessage } from '../domain/notify/notification.ts';
import type { EndpointBreakers } from './endpoint-breakers.ts';

export interface ParkDependencies {
  readonly endpoints: EndpointStore;
  readonly breakers: EndpointBreakers;
  readonly tries: EndpointTryQueue;
  readonly clock: Pick<Clock, 'now'>;
}

export interface AnnounceDependencies extends Pick<ParkDependencies, 'tries' | 'clock'> {
  readonly endpoints: Pick<EndpointStore, 'write'>;
}

/**
 * A parked notification is delivered by who closes the breaker, or after this by nobody: its message must not be
 * deleted before.
 */
const isWaitedFor = (breaker: Breaker | undefined): breaker is Breaker =>
  breaker !== undefined && breaker.state !== 'closed';

/**
 * Parks a notification under its endpoint, whose breaker seems to be open. The breaker is read *after* that. Who closes
 * it looks for parked notifications after the write. So one of the two sees the other.
 * @returns false if it is closed: then the notification is not parked
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function parkNotification(
  message: NotificationMessage,
  endpoint: Endpoint,
  deps: ParkDependencies,
): Promise<boolean> {
  const { endpoints, breakers, clock } = deps;
  const { dueAt: _past, firstAt = clock.now(), ...rest } = message;
  const id = parkedIdOf(message);
  const giveUpAt = firstAt + maxTryingMs;
  await endpoints.park(endpoint, { version: plainVersion, id, message: { ...rest, firstAt }, giveUpAt });
  const breaker = await breakers.readFresh(endpoint);
  if (isWaitedFor(breaker)) {
    await announce(breaker, endpoint, deps);
    return true;
  }
  breakers.forget(endpoint);
  await endpoints.remove(endpoint, id);
  return false;
}

/**
 * Sends the message that tries an endpoint, unless there is one. The process that opened the breaker may have died
 * before it sent one, or the message may be lost. A process that finds the breaker open, or draining, calls this before
 * it deletes its own message.
 * @returns whether the message was lost
 * @throws StoreUnavailableError, QueueUnavailableError
 */
export async function announce(
  breaker: Breaker,
  endpoint: Endpoint,
  { endpoints, tries, clock }: AnnounceDependencies,
): Promise<boolean> {
  const now = clock.now();
  const hasBeenLost = now >= lostAt(breaker);
  if (breaker.state === 'closed' || (breaker.announced && !hasBeenLost)) return false;
  const { pass, failures, why, since, rejects } = breaker;
  const nextAt = hasBeenLost ? now : (breaker.nextAt ?? now);
  await sendTry({ endpoint, pass, dueAt: nextAt }, { tries, clock });
  const transition = breaker.state === 'open' ? 'announce' : 'announceDraining';
  const facts = { endpoint, pass, now, since, failures, why, nextAt, rejects };
  await endpoints.write(breakerWrite(transition, facts));
  return hasBeenLost;
}

/** @throws QueueUnavailableError */
export async function sendTry(
  { endpoint, pass, dueAt }: { endpoint: Endpoint; pass: number; dueAt: number },
  { tries, clock }: Pick<ParkDependencies, 'tries' | 'clock'>,
): Promise<void> {
  const message = { version: endpointTryVersion, tryEndpoint: endpoint, pass, dueAt };
  await tries.send(message, Math.max(0, Math.ceil((dueAt - clock.now()) / 1000)));
}
