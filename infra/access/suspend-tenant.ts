import { suspendedId } from '../../shared/domain/access/access-entry.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import type { Pauses } from '../../shared/domain/state/limits/pauses.ts';
import { copySuspensions } from '../../shared/domain/state/limits/suspension-pauses.ts';
import { tenantText } from '../../shared/time-text/tenant-text.ts';
import { type AccessAdmin, AccessCommandError } from './manage-keys.ts';

/** An item may have 400 KB. Every function that starts work reads it, twice a minute at most. */
const maxListBytes = 300 * 1024;

/**
 * Suspends a tenant: nothing new is started for it, and `holdSuspendedNow` has what is queued wait. One that is
 * suspended stays so.
 * @throws AccessTableError, and AccessCommandError if the list of suspended tenants has no room
 */
export async function suspendTenant({ store }: AccessAdmin, tenant: string): Promise<void> {
  const list = await store.read(suspendedId);
  const tenants = (list?.kind === 'suspended' && list.tenants) || new Set<string>();
  const bytes = [...tenants, tenant].reduce((sum, each) => sum + Buffer.byteLength(each), 0);
  if (!tenants.has(tenant) && bytes > maxListBytes)
    throw new AccessCommandError(
      `The list of suspended tenants has no room for ${tenantText(tenant)}: ${tenants.size} tenants are in it, and their names may have ${maxListBytes} bytes together. Resume some, or revoke their keys.`,
    );
  await store.changeSuspended('ADD', tenant);
}

/** Ends the suspension of a tenant. @throws AccessTableError, and AccessCommandError if the tenant is not suspended */
export async function resumeTenant({ store }: AccessAdmin, tenant: string): Promise<void> {
  const list = await store.read(suspendedId);
  if (list?.kind !== 'suspended' || !list.tenants?.has(tenant))
    throw new AccessCommandError(`The tenant ${tenantText(tenant)} is not suspended.`);
  await store.changeSuspended('DELETE', tenant);
}

interface Holding {
  readonly pauses: Pauses;
  readonly by: string;
}

/**
 * Has what suspended tenants have queued held, and that of others not. Without this, `overdue` does it within five
 * minutes.
 * @returns whether it is done: who may change the access table need not have a right to that of the jobs
 * @throws AccessTableError
 */
export async function holdSuspendedNow(
  { store, now }: AccessAdmin,
  { pauses, by }: Holding,
): Promise<boolean> {
  const list = await store.read(suspendedId);
  const tenants = (list?.kind === 'suspended' && list.tenants) || new Set<string>();
  try {
    await copySuspensions(tenants, { pauses, by, now: now(), settledMs: 0 });
    return true;
  } catch (thrown) {
    if (thrown instanceof StoreUnavailableError) return false;
    throw thrown;
  }
}
