import { randomBytes } from 'node:crypto';
import { type RootEntry, rootId } from '../../shared/domain/access/access-entry.ts';
import type { AccessAdminStore } from './admin-store.ts';

const secretBytes = 32;

/**
 * Writes the stage's root secret, unless there is one: what is derived from it, such as job ids, must stay the same.
 * @returns whether it was written
 * @throws AccessTableError
 */
export function writeRootSecret(store: Pick<AccessAdminStore, 'create'>, now: number): Promise<boolean> {
  const entry: RootEntry = {
    id: rootId,
    kind: 'root',
    secret: randomBytes(secretBytes).toString('base64url'),
    versions: { grant: 1, cookie: 1, cursor: 1, webhook: 1 },
    createdAt: now,
  };
  return store.create(entry);
}
