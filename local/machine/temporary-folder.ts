import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from './running-system.ts';

/**
 * Neither a start nor a stop fails for what cannot be removed: another user's, or what a killed process still writes.
 */
function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {}
}

/**
 * Makes a folder that goes with this process, and removes those of processes that could not remove theirs: they were
 * killed.
 * @param kind what is in it
 */
export function makeTemporaryFolder(kind: 'sockets' | 'objects'): {
  readonly folder: string;
  remove(): void;
} {
  for (const name of readdirSync(tmpdir())) {
    const { pid } = /^job-worker-(?:sockets|objects)-(?<pid>\d+)-\w+$/.exec(name)?.groups ?? {};
    if (pid !== undefined && !isRunning(Number(pid))) remove(join(tmpdir(), name));
  }
  const folder = mkdtempSync(join(tmpdir(), `job-worker-${kind}-${process.pid}-`));
  const removeOwn = (): void => {
    remove(folder);
    process.off('exit', removeOwn);
  };
  process.once('exit', removeOwn);
  return { folder, remove: removeOwn };
}
