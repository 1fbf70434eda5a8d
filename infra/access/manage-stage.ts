import {
  type derivedKeys,
  type RoleEntry,
  type RootEntry,
  roleEntryId,
  rootId,
} from '../../shared/job/access-entry.ts';
import { type AccessAdmin, AccessCommandError, type Holder } from './manage-keys.ts';

/**
 * Gives the callers that assume a role a tenant and rights (`auth: iam`), instead of those they had.
 * @throws AccessTableError, and AccessCommandError if somebody else maps the role at the same time
 */
export async function mapRole(
  { store, now }: AccessAdmin,
  { roleName, tenant, rights }: Holder & { readonly roleName: string },
): Promise<RoleEntry> {
  const id = roleEntryId(roleName);
  const entry: RoleEntry = { id, kind: 'role', tenant, rights: [...rights], createdAt: now() };
  const before = await store.read(id);
  const written = before === undefined ? await store.create(entry) : await store.update(before, entry);
  if (written) return entry;
  throw new AccessCommandError('Somebody else mapped this role at the same time. Look at it, and try again.');
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
): Promise<RootEntry> {
  const before = await store.read(rootId);
  if (before?.kind !== 'root')
    throw new AccessCommandError('The stage has no root secret. `keys init` writes it.');
  const entry = { ...before, versions: { ...before.versions, [name]: before.versions[name] + 1 } };
  if (await store.update(before, entry)) return entry;
  throw new AccessCommandError(
    'Somebody else changed a version at the same time. Look at it, and try again.',
  );
}
