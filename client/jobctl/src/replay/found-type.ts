import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cloneDir } from '../clone-dir.ts';
import { type FoundType, identifierOf } from './test-of-job.ts';

/** Where a clone has job types: the user's, the samples, those of its tests. */
const catalogs = ['job-types', 'examples', 'tests/job-types'];

export async function findType(type: string): Promise<FoundType> {
  const catalog = catalogs.find((name) => existsSync(join(cloneDir, name, type))) ?? 'job-types';
  const folder = join(cloneDir, catalog, 'handlers');
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return { catalog, isMade: texts.some((text) => text.includes(` ${identifierOf(type)}(`)) };
}
