import { createHmac } from 'node:crypto';
import { type RootEntry, webhookEntryId } from '../../domain/access/access-entry.ts';
import type { AccessStore } from '../../domain/access/ports.ts';
import { derivedKey } from './derived-key.ts';

/** What a tenant's webhooks are signed with, as Standard Webhooks writes it: `whsec_` and base64. */
export interface WebhookSecrets {
  readonly secret: string;
  /** After a rotation: webhooks are signed with this one too, until then (epoch milliseconds). */
  readonly previous?: { readonly secret: string; readonly until: number };
}

/**
 * A tenant's secrets by now.
 * @throws StoreUnavailableError
 */
export async function webhookSecrets(
  tenant: string,
  { root, entries, now }: { readonly root: RootEntry; readonly entries: AccessStore; readonly now: number },
): Promise<WebhookSecrets> {
  const entry = await entries.read(webhookEntryId(tenant));
  if (entry?.kind !== 'webhook') return { secret: secretOf(root, tenant, 1) };
  const { version, previousUntil: until } = entry;
  const secret = secretOf(root, tenant, version);
  return until > now && version > 1
    ? { secret, previous: { secret: secretOf(root, tenant, version - 1), until } }
    : { secret };
}

/** Whoever knows one version of a secret can tell no other one by it. */
function secretOf(root: RootEntry, tenant: string, version: number): string {
  const hmac = createHmac('sha256', derivedKey(root, 'webhook', tenant));
  return `whsec_${hmac.update(`version ${version}`).digest('base64')}`;
}
