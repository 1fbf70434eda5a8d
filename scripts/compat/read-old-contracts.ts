import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { $ZodType } from 'zod/v4/core';
import { type Contracts, contractQueues } from '../../shared/author/contract.ts';
import { UsageError } from '../usage-error.ts';
import { git, type OldVersion } from './find-old-version.ts';

const schema = z.instanceof($ZodType);
const contract = z.looseObject({
  payload: schema,
  result: schema,
  checkpoint: z.optional(schema),
  queue: z.enum(contractQueues),
  timeoutSeconds: z.number(),
  maxAttempts: z.number(),
});
const contractsModule = z.object({ contracts: z.record(z.string(), contract) });

/** What contracts may import. */
const paths = ['job-types', 'examples', 'shared', 'package.json', 'tsconfig.json'];

/**
 * The contracts of a version, with the libraries of today.
 * @throws UsageError if they cannot be loaded
 */
export async function readOldContracts(
  projectDir: string,
  { ref, commit, catalog }: OldVersion,
): Promise<Contracts> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'job-worker-compat-')));
  try {
    const there = await git(projectDir, 'ls-tree', '--name-only', commit, '--', ...paths);
    await git(projectDir, 'archive', '-o', join(dir, 'old.tar'), commit, '--', ...there.split('\n'));
    await promisify(execFile)('tar', ['-xf', 'old.tar'], { cwd: dir });
    await symlink(join(projectDir, 'node_modules'), join(dir, 'node_modules'), 'junction');
    const module: unknown = await import(pathToFileURL(join(dir, catalog, 'contracts.ts')).href);
    return contractsModule.parse(module).contracts;
  } catch (error) {
    throw new UsageError(`the contracts of ${ref} cannot be loaded: ${String(error)}`, { cause: error });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
