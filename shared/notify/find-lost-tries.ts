import { NewerVersionError } from '../domain/base/errors.ts';
import type { Log } from '../domain/base/ports.ts';
import { type Endpoint, endpointIdOf, lookParts } from '../domain/notify/endpoint.ts';
import type { EndpointStore, TriedEndpoints } from '../domain/notify/endpoint-ports.ts';
import { type AnnounceDependencies, announce } from './park-notification.ts';

export interface FindLostTriesDependencies extends AnnounceDependencies {
  readonly endpoints: Pick<EndpointStore, 'read' | 'write'>;
  readonly tried: TriedEndpoints;
  readonly log: Pick<Log, 'warn'>;
}

const atATime = 20;

/**
 * Finds the endpoints whose next try has not come, since its message was lost with its queue, and sends the message
 * again. What is parked there would wait for the next notification to the same endpoint, and there may be none.
 * @param deadline epoch milliseconds: what is left then is for the next call
 * @throws StoreUnavailableError, QueueUnavailableError; then it has looked at some
 */
export async function findLostTries(deadline: number, deps: FindLostTriesDependencies): Promise<void> {
  const parts = [...Array(lookParts).keys()].map((part) => lookAtPart(part, deadline, deps));
  for (const one of await Promise.allSettled(parts)) if (one.status === 'rejected') throw one.reason;
}

async function lookAtPart(part: number, deadline: number, deps: FindLostTriesDependencies): Promise<void> {
  const { tried, clock } = deps;
  const seen = new Set<string>();
  while (clock.now() < deadline) {
    const found = await tried.missed({ part, until: clock.now(), limit: seen.size + atATime });
    // The index is eventually consistent: it may still have those that were looked at.
    const endpoints = found.filter((endpoint) => !seen.has(endpointIdOf(endpoint)));
    if (endpoints.length === 0) return;
    for (const endpoint of endpoints) seen.add(endpointIdOf(endpoint));
    await Promise.all(endpoints.map((endpoint) => look(endpoint, deps)));
  }
}

async function look(endpoint: Endpoint, deps: FindLostTriesDependencies): Promise<void> {
  const { endpoints, log } = deps;
  const breaker = await endpoints.read(endpoint).catch((error: unknown) => {
    if (!(error instanceof NewerVersionError)) throw error;
    log.warn('a breaker of a newer version is left alone', { ...endpoint });
    return undefined;
  });
  if (breaker && (await announce(breaker, endpoint, deps)))
    log.warn('the try of an endpoint was lost, and is sent again', { ...endpoint, state: breaker.state });
}
