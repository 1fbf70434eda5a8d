import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';

/** As in infra/custom.yml. */
export const defaultPort = '3000';

const runningSystem = z.object({
  dynamoDbEndpoint: z.url(),
  pid: z.int(),
  /** The environment of its long worker: all that a worker server needs. */
  worker: z.record(z.string(), z.string()),
});
export type RunningSystem = z.infer<typeof runningSystem>;

/** What the systems of a project keep while they run. */
export const localFolder = (projectDir: string): string => join(projectDir, '.local');

/** Each `npm start` of a project has a file of its own, named after its port. */
const fileOf = (projectDir: string, port: string): string => join(localFolder(projectDir), `${port}.json`);

/** Tells other processes where the emulators of this `npm start` listen. */
export async function announceSystem(projectDir: string, port: string, system: RunningSystem): Promise<void> {
  const file = fileOf(projectDir, port);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(system));
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
