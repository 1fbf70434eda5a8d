import { everyTenant, type TenantEntry, tenantEntryId } from '../../shared/domain/access/access-entry.ts';
import { anyAddress } from '../../shared/domain/notify/mail-rules.ts';
import { type AccessAdmin, AccessCommandError } from './manage-keys.ts';

interface MailOf {
  readonly tenant: string;
  /** Addresses, domains, or `*` for every address: instead of those before. None: to nobody. */
  readonly places: readonly string[];
}

/**
 * Says to where a tenant may send mail. What else is known of the tenant stays.
 * @throws AccessTableError, and AccessCommandError if every tenant might mail to every address, or the entry is removed
 * at the same time
 */
export async function setMailPlaces(
  { store }: AccessAdmin,
  { tenant, places }: MailOf,
): Promise<TenantEntry> {
  if (tenant === everyTenant && places.includes(anyAddress))
    throw new AccessCommandError('Every tenant might mail to every address. Name the tenants that may.');
  const id = tenantEntryId(tenant);
  const entry: TenantEntry = { id, kind: 'tenant', tenant, mailTo: [...places] };
  if (await store.create(entry)) return entry;
  const changed = await store.update(id, (found) => ({ ...found, ...entry }));
  if (changed?.kind === 'tenant') return changed;
  throw new AccessCommandError('Somebody else removed this entry at the same time. Try again.');
}

/** What is known of a tenant, and of all tenants, as far as anybody has said it. @throws AccessTableError */
export async function findTenant({ store }: AccessAdmin, tenant: string): Promise<readonly TenantEntry[]> {
  const ids = new Set([tenant, everyTenant].map(tenantEntryId));
  const found = await Promise.all([...ids].map((id) => store.read(id)));
  return found.filter((entry) => entry?.kind === 'tenant');
}
