import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addOwnTypes } from './infra/own-types.ts';
import { projectDir } from './project-copy.ts';

/** `npm run test:own-types`: all tests, in a clone of the last commit with job types as teams have written them. */

const clone = mkdtempSync(join(tmpdir(), 'own-types-'));
const run = (program: string, ...args: readonly string[]) =>
  execFileSync(program, args, { cwd: clone, stdio: 'inherit' });

try {
  run('git', 'clone', '--quiet', projectDir, '.');
  run('npm', 'ci', '--no-audit', '--no-fund');
  await addOwnTypes(clone);
  run('npm', 'run', 'format', '--', 'job-types', 'tests/unit/job-types');
  // It adds the types that are there.
  rmSync(join(clone, 'tests/infra/own-types.test.ts'));
  run('npm', 'test');
} finally {
  rmSync(clone, { recursive: true, force: true });
}
