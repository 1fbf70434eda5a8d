import { type WebhookEntry, webhookEntryId } from '../../shared/domain/access/access-entry.ts';
import {
  afterRotation,
  maxRotatedEndpoints,
  nextVersionOf,
} from '../../shared/domain/access/webhook-versions.ts';
import { tenantText } from '../../shared/time-text/tenant-text.ts';
import { type AccessAdmin, AccessCommandError } from './manage-keys.ts';

interface Rotation {
  readonly tenant: string;
  /** Of the only endpoint that gets a new secret. Without it, each endpoint of the tenant gets one. */
  readonly address?: string | undefined;
  readonly graceMs: number;
}

/**
 * Gives the webhooks of a tenant, or to one endpoint of it, a new secret. For the grace, in milliseconds, they are also
 * signed with the one before.
 * @throws AccessTableError, and AccessCommandError if the entry is removed at the same time, or has no room for an
 * endpoint more
 */
export async function rotateWebhookSecret(
  { store, now }: AccessAdmin,
  { tenant, address, graceMs }: Rotation,
): Promise<WebhookEntry> {
  const id = webhookEntryId(tenant);
  const found = await store.read(id);
  const known = found?.kind === 'webhook' ? found : undefined;
  const at = now();
  const rotation = { version: nextVersionOf(known), now: at, previousUntil: at + graceMs, address };
  const rotated = (entry: WebhookEntry): WebhookEntry => {
    const after = afterRotation(entry, rotation);
    if ((after.endpoints?.length ?? 0) <= maxRotatedEndpoints) return after;
    throw new AccessCommandError(
      `So many endpoints of ${tenantText(tenant)} were rotated alone (${maxRotatedEndpoints}) that there is no room for another. Rotate all of them: without --url.`,
    );
  };
  const first = rotated({ id, kind: 'webhook', tenant, version: 1, before: 1, previousUntil: 0 });
  if (!known && (await store.create(first))) return first;
  const changed = await store.update(id, (entry) => (entry.kind === 'webhook' ? rotated(entry) : first));
  if (changed?.kind === 'webhook') return changed;
  throw new AccessCommandError('Somebody else removed this entry at the same time. Try again.');
}
