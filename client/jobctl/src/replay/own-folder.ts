import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Does something in a folder that only this user can read. It is gone afterwards, however this process ends in order.
 */
export async function inOwnFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  // Only its owner can read what mkdtemp makes.
  const folder = await mkdtemp(join(tmpdir(), 'jobctl-replay-'));
  // A second Ctrl-C ends the process at once.
  const removeNow = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeNow);
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
    process.off('exit', removeNow);
  }
}
