import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';

/** As in infra/custom.yml. */
export const defaultPort = '3000';

const runningSystem = z.object({
  dynamoDbEndpoint: z.url(),
  pid: z.int(),
  /** The environment of a worker server. */
  worker: z.record(z.string(), z.string()),
});
export type RunningSystem = z.infer<typeof runningSystem>;

/** What the systems of a project keep while they run. */
export const localFolder = (projectDir: string): string => join(projectDir, '.local');

/** Each `npm start` of a project has a file of its own, named after its port. */
const fileOf = (projectDir: string, port: string): string => join(localFolder(projectDir), `${port}.json`);

/** Tells other processes where the emulators of this `npm start` listen. */
export async function registerSystem(projectDir: string, port: string, system: RunningSystem): Promise<void> {
  const file = fileOf(projectDir, port);
  await mkdir(dirname(file), { recursive: true });
  // A secret of a job type is in it. The mode is that of a new file.
  await rm(file, { force: true });
  await writeFile(file, JSON.stringify(system), { mode: 0o600 });
}

export const withdrawSystem = (projectDir: string, port: string): Promise<void> =>
  rm(fileOf(projectDir, port), { force: true });

/** @returns undefined if no `npm start` of this project runs with this port */
export async function findRunningSystem(
  projectDir: string,
  port: string,
): Promise<RunningSystem | undefined> {
  const text = await readFile(fileOf(projectDir, port), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const system = runningSystem.parse(JSON.parse(text));
  return isRunning(system.pid) ? system : undefined;
}

/** One that was killed could not withdraw its announcement. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

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
