import { readFile, writeFile } from 'node:fs/promises';
import type { AccessAdminStore } from '../../infra/access/admin-store.ts';
import { importRootSecret } from '../../infra/access/import-root-secret.ts';
import { AccessCommandError } from '../../infra/access/manage-keys.ts';
import { openRootSecret, readRootSecretFile, sealRootSecret } from '../../infra/access/root-secret-file.ts';
import { rootSecretId } from '../../shared/domain/access/access-entry.ts';
import { UsageError } from '../usage-error.ts';
import { readPassphrase } from './read-passphrase.ts';

interface Named {
  readonly file: string;
  readonly stage: string;
  readonly passphraseFile: string | undefined;
}

interface Exporting {
  readonly store: Pick<AccessAdminStore, 'read'>;
  /** Writes down that a secret leaves the stage. */
  readonly note: (entry: string) => Promise<void>;
  readonly now: () => number;
}

/** Writes the root secret into a new file that its owner alone may read. */
export async function exportRootSecretTo(
  { file, stage, passphraseFile }: Named,
  { store, note, now }: Exporting,
): Promise<void> {
  const root = await store.read(rootSecretId);
  if (root?.kind !== 'root') throw new AccessCommandError('The stage has no root secret.');
  const source = { file: passphraseFile, environment: process.env, isNew: true };
  const text = sealRootSecret({ root, stage, now: now() }, await readPassphrase(source));
  await note(rootSecretId);
  // It overwrites nothing: that might be the only copy of another one.
  await writeFile(file, text, { mode: 0o600, flag: 'wx', flush: true }).catch(failAsUsage);
}

/** @returns what has happened, a line for people, and a word for programs */
export async function importRootSecretFrom(
  { file, stage, passphraseFile, mayReplace }: Named & { readonly mayReplace: boolean },
  store: Pick<AccessAdminStore, 'read' | 'create' | 'update'>,
): Promise<{ readonly line: string; readonly outcome: 'written' | 'there' | 'replaced' }> {
  const sealed = readRootSecretFile(await readFile(file, 'utf8').catch(failAsUsage));
  const source = { file: passphraseFile, environment: process.env, isNew: false };
  const root = openRootSecret(sealed, await readPassphrase(source));
  const outcome = await importRootSecret(store, { root, from: sealed.stage, to: stage, mayReplace });
  const lines = {
    written: `The stage ${stage} has the root secret of ${sealed.stage} that was exported at ${sealed.exportedAt}.`,
    there: 'The stage has this root secret already. It stays.',
    replaced: `The root secret of ${stage} is replaced by that of ${sealed.stage}, exported at ${sealed.exportedAt}.`,
  };
  return { line: lines[outcome], outcome };
}

function failAsUsage(error: unknown): never {
  throw new UsageError(error instanceof Error ? error.message : String(error));
}
