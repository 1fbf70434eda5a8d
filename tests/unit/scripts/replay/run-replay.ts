import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ReplayOrder } from '../../../../scripts/replay/replay-order.ts';

export const permissions = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'];

interface Started {
  /** Of the clone. */
  readonly root: string;
  /** Where each gets a folder of its own. */
  readonly folder: string;
  readonly flags?: readonly string[];
  /** Its catalog of job types: a condition of `imports` in package.json. */
  readonly catalog?: string;
  readonly compileCache?: string | undefined;
}

/** Runs scripts/replay-job.ts, as `jobctl replay` does. */
export async function runReplay(
  order: ReplayOrder,
  {
    root,
    folder,
    flags = permissions,
    catalog = 'engine-tests',
    compileCache = process.env.NODE_COMPILE_CACHE,
  }: Started,
) {
  const own = await mkdtemp(join(folder, 'one-'));
  await writeFile(join(own, 'order.json'), JSON.stringify(order));
  const args = [...flags, `--conditions=${catalog}`, join(root, 'scripts/replay-job.ts'), own];
  const env = { NODE_COMPILE_CACHE: compileCache };
  return promisify(execFile)(process.execPath, args, { env }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ code, out: String(stdout), err: String(stderr) }),
  );
}
