import { everyTenant, tenantEntryId } from './access-entry.ts';
import type { AccessStore } from './ports.ts';

/**
 * To where a tenant may send mail: addresses, domains, or `*`, by its own entry and by that of all tenants.
 * @throws StoreUnavailableError
 */
export async function mailPlacesOf(tenant: string, entries: AccessStore): Promise<readonly string[]> {
  const found = await Promise.all([tenant, everyTenant].map((each) => entries.read(tenantEntryId(each))));
  return found.flatMap((entry) => (entry?.kind === 'tenant' ? (entry.mailTo ?? []) : []));
}
