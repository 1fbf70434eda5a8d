import { mkdtemp, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { asError, ConfigError } from '../shared/domain/base/errors.ts';

/**
 * Makes sure that jobs can have folders of their own in this one. Otherwise every attempt would fail at once, and the server
 * would use up the attempts of all jobs in the queue.
 * @throws ConfigError
 */
export async function checkFolder(folder: string): Promise<void> {
  try {
    await rmdir(await mkdtemp(join(folder, 'job-')));
  } catch (cause) {
    throw new ConfigError(`Jobs cannot have files in ${folder} (TMPDIR): ${asError(cause).message}`, {
      cause,
    });
  }
}
