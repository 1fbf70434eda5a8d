import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LocalAwsError } from './local-aws-error.ts';

/**
 * Makes the directory, and takes it for this process alone until `close`. The lock is SQLite's, so it ends with the
 * process, however that ends. Of the emulators, dynalite crashes on a directory in use, and fauxqs would share it.
 * @throws LocalAwsError if another process has it
 */
export function openDataDir(dataDir: string): { close(): void } {
  mkdirSync(dataDir, { recursive: true });
  const lock = new DatabaseSync(join(dataDir, 'lock.db'));
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new LocalAwsError(`${dataDir} is in use by another process.`, { cause });
  }
  return lock;
}
