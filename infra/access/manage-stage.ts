import {
  type AccessEntry,
  type derivedKeys,
  linksId,
  type RoleEntry,
  roleEntryId,
  rootSecretId,
} from '../../shared/domain/access/access-entry.ts';
import { type AccessAdmin, AccessCommandError, type Holder } from './manage-keys.ts';
import { newLinksEntry, writeWebhookKey } from './root-secret.ts';

/**
 * Gives the callers that assume a role a tenant and rights (`auth: iam`), instead of those they had.
 * @throws AccessTableError, and AccessCommandError if somebody else removes the mapping at the same time
 */
export async function mapRole(
  { store, now }: AccessAdmin,
  { roleName, tenant, rights }: Holder & { readonly roleName: string },
): Promise<RoleEntry> {
  const id = roleEntryId(roleName);
  const entry: RoleEntry = { id, kind: 'role', tenant, rights: [...rights], createdAt: now() };
  if ((await store.create(entry)) || (await store.update(id, () => entry))) return entry;
  throw new AccessCommandError('Somebody else removed this mapping at the same time. Try again.');
}

/** @throws AccessTableError, and AccessCommandError if the role is not mapped */
export async function unmapRole({ store }: AccessAdmin, roleName: string): Promise<void> {
  if (!(await store.remove(roleEntryId(roleName))))
    throw new AccessCommandError(`The role ${roleName} is not mapped.`);
}

/**
 * Makes the version of a derived key one higher. What was signed with the key before is then worth nothing.
 * @throws AccessTableError, and AccessCommandError if the stage has no root secret
 */
export async function rotateDerivedKey(
  { store }: AccessAdmin,
  name: (typeof derivedKeys)[number],
): Promise<AccessEntry> {
  const entry = await store.update(rootSecretId, (root) =>
    root.kind === 'root'
      ? { ...root, versions: { ...root.versions, [name]: root.versions[name] + 1 } }
      : root,
  );
  if (!entry) throw new AccessCommandError('The stage has no root secret. `keys init` writes it.');
  if (name === 'webhook') await writeWebhookKey(store);
  return entry;
}

/**
 * Writes another secret for the links by which people answer jobs. All links so far are then worth nothing.
 * @throws AccessTableError, and AccessCommandError if somebody else removes the entry at the same time
 */
export async function rotateLinks({ store, now }: AccessAdmin): Promise<AccessEntry> {
  const entry = newLinksEntry(now());
  if ((await store.create(entry)) || (await store.update(linksId, () => entry))) return entry;
  throw new AccessCommandError('Somebody else removed the secret of links at the same time. Try again.');
}
