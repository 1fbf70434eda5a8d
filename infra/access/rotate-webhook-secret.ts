import { type WebhookEntry, webhookEntryId } from '../../shared/domain/access/access-entry.ts';
import { type AccessAdmin, AccessCommandError } from './manage-keys.ts';

/**
 * Gives a tenant a new webhook secret. For the grace, in milliseconds, webhooks are also signed with the one before.
 * @throws AccessTableError, and AccessCommandError if the entry is removed at the same time
 */
export async function rotateWebhookSecret(
  { store, now }: AccessAdmin,
  { tenant, graceMs }: { readonly tenant: string; readonly graceMs: number },
): Promise<WebhookEntry> {
  const id = webhookEntryId(tenant);
  const known = await store.read(id);
  const version = known?.kind === 'webhook' ? known.version + 1 : 2;
  const entry: WebhookEntry = { id, kind: 'webhook', tenant, version, previousUntil: now() + graceMs };
  if (!known && (await store.create(entry))) return entry;
  // If the answer to a write was lost, the entry has the new version already: one more, and receivers know neither.
  const changed = await store.update(id, (found) =>
    found.kind === 'webhook' && found.version >= version ? found : entry,
  );
  if (changed?.kind === 'webhook') return changed;
  throw new AccessCommandError('Somebody else removed this entry at the same time. Try again.');
}
