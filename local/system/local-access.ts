import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbAccessAdminStore } from '../../infra/access/admin-store.ts';
import { createKey } from '../../infra/access/manage-keys.ts';
import { newSecret } from '../../infra/access/new-api-key.ts';
import { writeSecrets } from '../../infra/access/root-secret.ts';
import { keyEntryId, rights, tenantEntryId } from '../../shared/domain/access/access-entry.ts';
import { twoDoors } from '../../shared/domain/access/auth-mode.ts';
import { anyAddress } from '../../shared/domain/notify/mail-rules.ts';
import { credentials, region } from '../local-aws.ts';

/** The key that each start whose callers may show one makes anew. Keys of `npm run keys` stay as long as the table. */
const keyId = 'localStart00';
const keyTenant = 'local';

interface LocalAccess {
  readonly dynamoDbEndpoint: string;
  readonly tableName: string;
  readonly auth: unknown;
}

/**
 * Writes the root secret, that of links and the key of webhooks, as a deployment does, and that the tenants of
 * a start may send mail to everybody, unless the table has them.
 * @returns the text of a key with all rights, if callers need one
 */
export async function prepareAccess({
  dynamoDbEndpoint,
  tableName,
  auth,
}: LocalAccess): Promise<string | undefined> {
  const client = new DynamoDBClient({ endpoint: dynamoDbEndpoint, region, credentials });
  const store = new DynamoDbAccessAdminStore(client, tableName);
  const now = () => Date.now();
  try {
    await writeSecrets(store, now());
    // No mail leaves this machine: see `startMailServer`.
    for (const tenant of ['public', keyTenant])
      await store.create({ id: tenantEntryId(tenant), kind: 'tenant', tenant, mailTo: [anyAddress] });
    if (auth !== 'apiKey' && auth !== twoDoors) return undefined;
    await store.remove(keyEntryId(keyId));
    const key = { id: keyId, secret: newSecret() };
    const { text } = await createKey(
      { store, now },
      { tenant: keyTenant, rights, expiresAt: undefined },
      key,
    );
    return text;
  } finally {
    client.destroy();
  }
}
