import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LocalAwsError } from '../local-aws.ts';

/** The files of this process are for its user alone: the emulators make new ones all the time. */
const ownerOnly = 0o077;

/**
 * Creates the directory if it is missing, for this user alone, and locks it for this process until `close`. The
 * emulators do not do that: dynalite crashes on a directory in use, and two fauxqs would share it. The lock is
 * SQLite's, so it ends with the process, however the process ends.
 * @throws LocalAwsError if another process has the lock
 */
export function lockDataDir(dataDir: string): { close(): void } {
  const before = process.umask(ownerOnly);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(dataDir, 'lock.db'));
  const close = (): void => {
    lock.close();
    // What this process makes after that is no secret of the emulators.
    process.umask(before);
  };
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    close();
    throw new LocalAwsError(`${dataDir} is in use by another process.`, { cause });
  }
  return { close };
}
