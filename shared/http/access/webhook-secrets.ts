import { createHmac } from 'node:crypto';
import { webhookEntryId, webhookKeyId } from '../../domain/access/access-entry.ts';
import type { AccessStore } from '../../domain/access/ports.ts';
import { webhookVersionsOf } from '../../domain/access/webhook-versions.ts';
import { WebhookKeyMissingError } from '../../domain/base/errors.ts';

/** What the webhooks to an endpoint are signed with, as Standard Webhooks writes it: `whsec_` and base64. */
export interface WebhookSecrets {
  readonly secret: string;
  /** After a rotation: webhooks are signed with this one too, until then (epoch milliseconds). */
  readonly previous?: { readonly secret: string; readonly until: number };
}

/** Where webhooks of a tenant go. */
export interface WebhookEndpoint {
  readonly tenant: string;
  /** See `webhookAddressOf`. */
  readonly address: string;
}

/**
 * The secrets of an endpoint by now: its own, so that one receiver of a tenant can forge nothing that another one
 * takes.
 * @throws StoreUnavailableError, WebhookKeyMissingError
 */
export async function webhookSecrets(
  endpoint: WebhookEndpoint,
  { entries, now }: { readonly entries: AccessStore; readonly now: number },
): Promise<WebhookSecrets> {
  const { tenant, address } = endpoint;
  const [key, rotated] = await Promise.all([
    entries.read(webhookKeyId),
    entries.read(webhookEntryId(tenant)),
  ]);
  if (key?.kind !== 'webhookKey')
    throw new WebhookKeyMissingError(
      'the access table has no key for webhooks; deploy the stage, or run: npm run keys -- init',
    );
  const entry = rotated?.kind === 'webhook' ? rotated : undefined;
  const { version, previous } = webhookVersionsOf(entry, { address, now });
  const secretOf = (number: number): string => derivedSecret(key.secret, { ...endpoint, version: number });
  const secret = secretOf(version);
  return previous
    ? { secret, previous: { secret: secretOf(previous.version), until: previous.until } }
    : { secret };
}

/** No other one follows from one of them. */
function derivedSecret(
  key: string,
  { tenant, address, version }: WebhookEndpoint & { readonly version: number },
): string {
  const text = JSON.stringify(['webhook', version, tenant, address]);
  return `whsec_${createHmac('sha256', Buffer.from(key, 'base64url')).update(text).digest('base64')}`;
}
