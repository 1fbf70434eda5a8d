import { hash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const prefix = `job-tests-${hash('sha256', import.meta.dirname).slice(0, 6)}`;
const isOne = new RegExp(`^${prefix}-\\d+$`);
const locks = join(import.meta.dirname, '../node_modules/.cache/run-folders');

/** A lock of SQLite ends with its process, however that ends. @returns undefined if another process has it */
function lock(name: string): DatabaseSync | undefined {
  const database = new DatabaseSync(join(locks, `${name}.db`));
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch {
    database.close();
    return undefined;
  }
}

/** Neither a start nor an end fails for what cannot be removed: a later start tries it again. */
function remove(folder: string): void {
  try {
    // What a killed process has in flight may still arrive.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  } catch {}
}

/**
 * Gives this run of tests, and all processes that it starts, a temporary folder of its own, which goes with this process, and removes those of
 * runs that were killed. Its name is one that earlier runs had: Node.js keeps by its path what it has compiled of a file.
 */
export function useRunFolder(): void {
  // A run that a test has started.
  if (isOne.test(basename(tmpdir()))) return;
  mkdirSync(locks, { recursive: true });
  const left = readdirSync(tmpdir()).filter((name) => isOne.test(name));
  for (const name of left) {
    const unused = lock(name);
    if (unused === undefined) continue;
    remove(join(tmpdir(), name));
    unused.close();
  }
  for (let number = 1; ; number += 1) {
    const name = `${prefix}-${number}`;
    const held = lock(name);
    if (held === undefined) continue;
    const folder = join(tmpdir(), name);
    remove(folder);
    mkdirSync(folder);
    process.env.TMPDIR = folder;
    process.once('exit', () => {
      remove(folder);
      held.close();
    });
    return;
  }
}
