import { suspendedId } from '../domain/access/access-entry.ts';
import type { AccessStore } from '../domain/access/ports.ts';
import type { Clock, Log } from '../domain/base/ports.ts';
import type { Pauses } from '../domain/state/limits/pauses.ts';
import { copySuspensions } from '../domain/state/limits/suspension-pauses.ts';

export interface HoldSuspendedDependencies {
  readonly access: AccessStore;
  readonly pauses: Pauses;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'warn'>;
}

/** The read is eventually consistent, and clocks differ. */
const settledMs = 60_000;

/**
 * Has the jobs of suspended tenants held, and those of others not: the process that changed the list may have died
 * before that, or be of a build that does not know of pauses.
 * @throws StoreUnavailableError: who cannot read the list changes nothing
 */
export async function holdSuspended({
  access,
  pauses,
  clock,
  log,
}: HoldSuspendedDependencies): Promise<void> {
  const entry = await access.read(suspendedId);
  const tenants = (entry?.kind === 'suspended' && entry.tenants) || new Set<string>();
  const left = await copySuspensions(tenants, { pauses, by: 'keys', now: clock.now(), settledMs });
  if (left > 0) log.warn('the jobs of suspended tenants are not held: too many are suspended', { left });
}
