import { readFile, writeFile } from 'node:fs/promises';
import type { AccessAdminStore } from '../../infra/access/admin-store.ts';
import { importRoot } from '../../infra/access/import-root.ts';
import { AccessCommandError } from '../../infra/access/manage-keys.ts';
import { openRoot, readRootFile, sealRoot } from '../../infra/access/root-file.ts';
import { rootId } from '../../shared/domain/access/access-entry.ts';
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
export async function exportRootTo(
  { file, stage, passphraseFile }: Named,
  { store, note, now }: Exporting,
): Promise<void> {
  const root = await store.read(rootId);
  if (root?.kind !== 'root') throw new AccessCommandError('The stage has no root secret.');
  const source = { file: passphraseFile, environment: process.env, isNew: true };
  const text = sealRoot({ root, stage, now: now() }, await readPassphrase(source));
  await note(rootId);
  // It overwrites nothing: that might be the only copy of another one.
  await writeFile(file, text, { mode: 0o600, flag: 'wx', flush: true }).catch(failAsUsage);
}

/** @returns what has happened, a line for people, and a word for programs */
export async function importRootFrom(
  { file, stage, passphraseFile, mayReplace }: Named & { readonly mayReplace: boolean },
  store: Pick<AccessAdminStore, 'read' | 'create' | 'update'>,
): Promise<{ readonly line: string; readonly outcome: 'written' | 'there' | 'replaced' }> {
  const sealed = readRootFile(await readFile(file, 'utf8').catch(failAsUsage));
  const source = { file: passphraseFile, environment: process.env, isNew: false };
  const root = openRoot(sealed, await readPassphrase(source));
  const outcome = await importRoot(store, { root, from: sealed.stage, to: stage, mayReplace });
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
