import { randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

export interface Hold {
  /** The file that holds a job, for its payload. */
  readonly heldBy: string;
  /** The job goes on. */
  release(): Promise<void>;
}

/**
 * Holds jobs in a state until a test has seen the state: a machine that is busy is later than any number of seconds. After the
 * tests of the file none is held any more.
 */
export function useHolds(): () => Hold {
  const folder = mkdtempSync(join(tmpdir(), 'holds-'));
  afterAll(() => rm(folder, { recursive: true }));
  return () => {
    const heldBy = join(folder, randomUUID());
    writeFileSync(heldBy, '');
    return { heldBy, release: () => rm(heldBy) };
  };
}
