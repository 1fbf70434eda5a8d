import { asError } from '../base/errors.ts';
import type { Clock, Log } from '../base/ports.ts';
import { type OwnLimits, suspendedId } from './access-entry.ts';
import type { AccessStore, LimitsOfTenants, Suspensions } from './ports.ts';

/**
 * A suspension counts within a minute. The rest of the minute is for the table, and for what has been asked already.
 */
export const maxListAgeMs = 30_000;

interface SuspendedTenantsDependencies {
  readonly store: AccessStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'error'>;
}

/**
 * Reads the list of the suspended tenants when it is asked for, twice a minute at most. If the list cannot be read, the
 * one that was read last counts, and without one nobody is suspended: the check of the credential stands all the same.
 * The limits of single tenants come with the same read.
 */
export function suspendedTenants({
  store,
  clock,
  log,
}: SuspendedTenantsDependencies): Suspensions & LimitsOfTenants {
  let tenants: ReadonlySet<string> = new Set();
  let limits: ReadonlyMap<string, OwnLimits> = new Map();
  let reading = Promise.resolve();
  let readAt = Number.NEGATIVE_INFINITY;

  async function read(): Promise<void> {
    try {
      const entry = await store.read(suspendedId);
      tenants = (entry?.kind === 'suspended' && entry.tenants) || new Set();
      const own = (entry?.kind === 'suspended' && entry.limits) || [];
      limits = new Map(own.map((each) => [each.tenant, each]));
    } catch (thrown) {
      log.error('suspended tenants not read', { error: asError(thrown) });
    }
  }

  async function readOften(): Promise<void> {
    const now = clock.now();
    if (Math.abs(now - readAt) >= maxListAgeMs) {
      readAt = now;
      reading = read();
    }
    await reading;
  }

  return {
    async isSuspended(tenant) {
      await readOften();
      return tenants.has(tenant);
    },
    async limitsOf(tenant) {
      await readOften();
      return limits.get(tenant) ?? {};
    },
  };
}
