import type { WebhookEntry } from './access-entry.ts';

/** The number of an endpoint's secret, and of the one before it. */
export interface WebhookVersions {
  readonly version: number;
  /** Absent if there is none. Epoch milliseconds. */
  readonly previous?: { readonly version: number; readonly until: number };
}

/** So many endpoints of a tenant may have been rotated alone: all of them are in one entry. */
export const maxRotatedEndpoints = 100;

/** A receiver's address, as its secret is made of it: without the query, which may differ from job to job. */
export const webhookAddressOf = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

type Rotated = Pick<WebhookEntry, 'version' | 'before' | 'previousUntil'>;

const neverRotated: Rotated = { version: 1, before: 1, previousUntil: 0 };

/** Whatever was rotated last, all endpoints or this one, is what holds. */
function lastOf(entry: WebhookEntry | undefined, address: string): Rotated {
  const all = entry ?? neverRotated;
  const own = entry?.endpoints?.find((each) => each.address === address);
  if (!own) return all;
  return own.version > all.version ? own : { ...all, before: Math.max(all.before, own.version) };
}

/** Which secrets an endpoint has by now. */
export function webhookVersionsOf(
  entry: WebhookEntry | undefined,
  { address, now }: { readonly address: string; readonly now: number },
): WebhookVersions {
  const { version, before, previousUntil: until } = lastOf(entry, address);
  return before < version && until > now ? { version, previous: { version: before, until } } : { version };
}

const highestOf = ({ version, endpoints = [] }: Pick<WebhookEntry, 'version' | 'endpoints'>): number =>
  Math.max(version, ...endpoints.map((each) => each.version));

/** The number that the next rotation gives. */
export const nextVersionOf = (entry: WebhookEntry | undefined): number =>
  highestOf(entry ?? neverRotated) + 1;

interface Rotation {
  readonly version: number;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly previousUntil: number;
  /** Without it, of all endpoints. */
  readonly address?: string | undefined;
}

/**
 * The entry after a rotation. One that has this number is left as it is: the answer to the write may have been lost,
 * and with one number more receivers would know neither of two secrets.
 */
export function afterRotation(
  entry: WebhookEntry,
  { version, now, previousUntil, address }: Rotation,
): WebhookEntry {
  if (highestOf(entry) >= version) return entry;
  const { endpoints = [], ...all } = entry;
  // After a rotation of all, an own number says which secret was the one before it, for the grace of that.
  const oldest = all.previousUntil > now ? all.before : all.version;
  const alone = endpoints.filter((each) => each.version > oldest && each.address !== address);
  if (address === undefined)
    return {
      ...all,
      ...{ version, before: all.version, previousUntil },
      endpoints: alone.filter((each) => each.version > all.version),
    };
  const { version: before } = lastOf(entry, address);
  return { ...entry, endpoints: [...alone, { address, version, before, previousUntil }] };
}
