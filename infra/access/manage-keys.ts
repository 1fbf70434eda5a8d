import { type KeyEntry, keyEntryId, type Right } from '../../shared/domain/access/access-entry.ts';
import { type ApiKey, sha256Of, writeApiKey } from '../../shared/domain/access/api-key.ts';
import { defined } from '../../shared/domain/base/defined.ts';
import type { AccessAdminStore } from './admin-store.ts';
import { newApiKey, newSecret } from './new-api-key.ts';

/** What was asked for is not possible. Its message says why. */
export class AccessCommandError extends Error {
  override readonly name = 'AccessCommandError';
}

export interface AccessAdmin {
  readonly store: Omit<AccessAdminStore, 'addAudit' | 'audits'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface Holder {
  readonly tenant: string;
  readonly rights: readonly Right[];
}

interface NewKey extends Holder {
  /** Epoch milliseconds; undefined: never. Required, so that nobody forgets it. */
  readonly expiresAt: number | undefined;
}

/** A key's text, which is stored nowhere, and its entry. */
export interface IssuedKey {
  readonly text: string;
  readonly entry: KeyEntry;
}

/** @throws AccessTableError, and AccessCommandError if the given key has an entry */
export async function createKey(
  { store, now }: AccessAdmin,
  { tenant, rights, expiresAt }: NewKey,
  key: ApiKey = newApiKey(),
): Promise<IssuedKey> {
  const entry: KeyEntry = {
    id: keyEntryId(key.id),
    kind: 'key',
    tenant,
    rights: [...rights],
    createdAt: now(),
    secrets: [{ sha256: sha256Of(key.secret) }],
    ...defined({ expiresAt }),
  };
  if (await store.create(entry)) return { text: writeApiKey(key), entry };
  throw new AccessCommandError(`There is a key ${key.id} already.`);
}

/** Whether the tenant is one more beside others: these share what the stage has. @throws AccessTableError */
export async function isOneMoreTenant({ store }: AccessAdmin, tenant: string): Promise<boolean> {
  const holders = (await store.list()).filter((entry) => entry.kind === 'key' || entry.kind === 'role');
  return holders.length > 0 && holders.every((holder) => holder.tenant !== tenant);
}

/**
 * Gives the key a new secret. Those before it stay valid for the grace, in milliseconds, unless they end earlier.
 * @throws AccessTableError, and AccessCommandError if the key is unknown, revoked or expired
 */
export async function rotateKey(
  { store, now }: AccessAdmin,
  { keyId, graceMs }: { readonly keyId: string; readonly graceMs: number },
): Promise<IssuedKey> {
  const secret = newSecret();
  const entry = await changeKey(store, keyId, (key) => {
    const at = now();
    if (key.revokedAt !== undefined)
      throw new AccessCommandError(`The key ${keyId} is revoked. Create another one.`);
    if (key.expiresAt !== undefined && key.expiresAt <= at)
      throw new AccessCommandError(`The key ${keyId} has expired. Create another one.`);
    const graceEnds = at + graceMs;
    const older = key.secrets
      .map(({ sha256, validUntil = graceEnds }) => ({ sha256, validUntil: Math.min(validUntil, graceEnds) }))
      .filter(({ validUntil }) => validUntil > at);
    // If the answer to the write was lost, the entry has the new secret already.
    const others = older.filter(({ sha256 }) => sha256 !== sha256Of(secret));
    return { ...key, secrets: [{ sha256: sha256Of(secret) }, ...others] };
  });
  return { text: writeApiKey({ id: keyId, secret }), entry };
}

/**
 * Makes the key invalid, with all its secrets. A key that is revoked already stays as it is.
 * @throws AccessTableError, and AccessCommandError if the key is unknown
 */
export const revokeKey = ({ store, now }: AccessAdmin, keyId: string): Promise<KeyEntry> =>
  changeKey(store, keyId, (key) => ({ ...key, revokedAt: key.revokedAt ?? now() }));

async function changeKey(
  store: AccessAdmin['store'],
  keyId: string,
  change: (key: KeyEntry) => KeyEntry,
): Promise<KeyEntry> {
  const unknown = new AccessCommandError(`There is no key ${keyId}. \`keys list\` shows the ids.`);
  const entry = await store.update(keyEntryId(keyId), (found) => {
    if (found.kind !== 'key') throw unknown;
    return change(found);
  });
  if (entry?.kind !== 'key') throw unknown;
  return entry;
}
