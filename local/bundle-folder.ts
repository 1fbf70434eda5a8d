import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, localFolder } from './running-system.ts';

/**
 * Where this process has its bundles. Each `npm start` has a folder of its own: in a common one, another start would
 * delete or rewrite what a function is about to load.
 */
export const ownBundles = (projectDir: string): string => join(localFolder(projectDir), String(process.pid));

export const removeOwnBundles = (projectDir: string): Promise<void> => remove(ownBundles(projectDir));

/** Removes the bundles of systems that could not: they were killed. */
export async function removeLeftBundles(projectDir: string): Promise<void> {
  const folder = localFolder(projectDir);
  const names = await readdir(folder).catch(() => []);
  const left = names.filter((name) => /^\d+$/.test(name) && !isRunning(Number(name)));
  await Promise.all(left.map((name) => remove(join(folder, name))));
}

/** Neither a start nor a stop fails for what cannot be removed: a later start tries it again. */
const remove = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true }).catch(() => undefined);
