import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, localFolder } from './running-system.ts';

/**
 * Removes the bundles of this process. infra/esbuild.config.cjs says where each `npm start` has its own: in a common
 * folder, `sls package` and another start would delete or rewrite what a function is about to load.
 */
export const removeOwnBundles = (projectDir: string): Promise<void> =>
  remove(join(localFolder(projectDir), String(process.pid)));

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
