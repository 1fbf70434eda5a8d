import { randomBytes } from 'node:crypto';
import {
  type LinksEntry,
  linksId,
  type RootSecretEntry,
  rootSecretId,
  type WebhookKeyEntry,
  webhookKeyId,
} from '../../shared/domain/access/access-entry.ts';
import { derivedKey } from '../../shared/http/access/derived-key.ts';
import type { AccessAdminStore } from './admin-store.ts';

const secretBytes = 32;
const newRandomSecret = (): string => randomBytes(secretBytes).toString('base64url');

/**
 * Writes the stage's root secret, unless there is one: what is derived from it, such as job ids, must stay the same.
 * @returns whether it was written
 * @throws AccessTableError
 */
export function writeRootSecret(store: Pick<AccessAdminStore, 'create'>, now: number): Promise<boolean> {
  const entry: RootSecretEntry = {
    id: rootSecretId,
    kind: 'root',
    secret: newRandomSecret(),
    versions: { grant: 1, cookie: 1, cursor: 1, webhook: 1 },
    createdAt: now,
  };
  return store.create(entry);
}

export const newLinksEntry = (now: number): LinksEntry => ({
  id: linksId,
  kind: 'links',
  secret: newRandomSecret(),
  createdAt: now,
});

const webhookKeyOf = (root: RootSecretEntry): WebhookKeyEntry => ({
  id: webhookKeyId,
  kind: 'webhookKey',
  secret: derivedKey(root, 'webhook').export().toString('base64url'),
  version: root.versions.webhook,
});

/**
 * Writes the key of webhooks that the stage's root secret gives, in place of an earlier one. Who sends webhooks reads
 * this entry, and not the root secret. It follows from the root secret, so that a copy of that brings it back.
 * @returns whether there was none
 * @throws AccessTableError
 */
export async function writeWebhookKey(
  store: Pick<AccessAdminStore, 'read' | 'create' | 'update'>,
): Promise<boolean> {
  const root = await store.read(rootSecretId);
  if (root?.kind !== 'root') return false;
  const entry = webhookKeyOf(root);
  if (await store.create(entry)) return true;
  await store.update(webhookKeyId, () => entry);
  // Somebody else may have rotated meanwhile.
  const now = await store.read(rootSecretId);
  if (now?.kind === 'root' && webhookKeyOf(now).secret !== entry.secret) await writeWebhookKey(store);
  return false;
}

/**
 * Writes the secret of the links by which people answer jobs, unless there is one. Stages of before have none until
 * they are deployed again.
 * @returns whether it was written
 * @throws AccessTableError
 */
export const writeLinksSecret = (store: Pick<AccessAdminStore, 'create'>, now: number): Promise<boolean> =>
  store.create(newLinksEntry(now));

/**
 * Writes what a stage needs, unless it has it: the root secret, that of links, and the key of webhooks.
 * @returns whether each was written
 * @throws AccessTableError
 */
export async function writeSecrets(
  store: Pick<AccessAdminStore, 'read' | 'create' | 'update'>,
  now: number,
): Promise<{ readonly root: boolean; readonly links: boolean; readonly webhookKey: boolean }> {
  const root = await writeRootSecret(store, now);
  return { root, links: await writeLinksSecret(store, now), webhookKey: await writeWebhookKey(store) };
}
