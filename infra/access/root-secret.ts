import { randomBytes } from 'node:crypto';
import { type LinksEntry, linksId, type RootEntry, rootId } from '../../shared/domain/access/access-entry.ts';
import type { AccessAdminStore } from './admin-store.ts';

const secretBytes = 32;
const newRandomSecret = (): string => randomBytes(secretBytes).toString('base64url');

/**
 * Writes the stage's root secret, unless there is one: what is derived from it, such as job ids, must stay the same.
 * @returns whether it was written
 * @throws AccessTableError
 */
export function writeRootSecret(store: Pick<AccessAdminStore, 'create'>, now: number): Promise<boolean> {
  const entry: RootEntry = {
    id: rootId,
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

/**
 * Writes the secret of the links by which people answer jobs, unless there is one. Stages of before have none until they are
 * deployed again.
 * @returns whether it was written
 * @throws AccessTableError
 */
export const writeLinksSecret = (store: Pick<AccessAdminStore, 'create'>, now: number): Promise<boolean> =>
  store.create(newLinksEntry(now));
