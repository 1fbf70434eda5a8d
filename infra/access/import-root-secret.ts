import { type RootSecretEntry, rootSecretId } from '../../shared/domain/access/access-entry.ts';
import type { AccessAdminStore } from './admin-store.ts';
import { AccessCommandError } from './manage-keys.ts';
import { writeWebhookKey } from './root-secret.ts';

interface Import {
  readonly root: RootSecretEntry;
  /** Of which stage it is, and to which one it goes. */
  readonly from: string;
  readonly to: string;
  /** Also in place of another root secret, and from another stage. */
  readonly mayReplace: boolean;
}

/**
 * Writes a root secret that was exported, and the key of webhooks that follows from it. One that is there already stays
 * as it is, with the versions of its derived keys, which may be later ones.
 * @throws AccessTableError, and AccessCommandError if it would replace another one
 */
export async function importRootSecret(
  store: Pick<AccessAdminStore, 'read' | 'create' | 'update'>,
  { root, from, to, mayReplace }: Import,
): Promise<'written' | 'there' | 'replaced'> {
  if (from !== to && !mayReplace)
    throw new AccessCommandError(
      `The file has the root secret of the stage ${from}. With --replace it becomes that of ${to}: then links and cookies of each are valid at the other.`,
    );
  const written = await writeImported(store, { root, to, mayReplace });
  await writeWebhookKey(store);
  return written;
}

async function writeImported(
  store: Pick<AccessAdminStore, 'read' | 'create' | 'update'>,
  { root, to, mayReplace }: Omit<Import, 'from'>,
): Promise<'written' | 'there' | 'replaced'> {
  if (await store.create(root)) return 'written';
  const found = await store.read(rootSecretId);
  if (found?.kind === 'root' && found.secret === root.secret) return 'there';
  if (!mayReplace)
    throw new AccessCommandError(
      `The stage ${to} has another root secret. With --replace it is lost: an Idempotency-Key from before is another job then, and all links and cookies end.`,
    );
  await store.update(rootSecretId, () => root);
  return 'replaced';
}
