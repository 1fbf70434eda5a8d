import { exec } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import packageJson from '../../package.json' with { type: 'json' };
import { withProjectCopy } from '../project-copy.ts';
import { addOwnTypes, ownTypes } from './own-types.ts';

type Printed = Readonly<Record<'stdout' | 'stderr', string>>;

const run = promisify(exec);
const more = [
  ...['scripts', 'server', 'testkit', 'tests', 'client', 'docs', 'bench'],
  ...[
    'biome.json',
    '.gitignore',
    '.dependency-cruiser.json',
    '.dependency-cruiser-rooms.cjs',
    'jest.config.js',
  ],
];

async function edit(path: string, from: RegExp, to: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  expect(text).toMatch(from);
  await writeFile(path, text.replace(from, to));
}

// Of our own types' tests another run would tell no more.
const tests = Object.keys(ownTypes).map((name) => `tests/unit/job-types/${name}`);
const check = packageJson.scripts.check.replace('tests/unit/job-types', tests.join(' '));

test(
  'npm run check passes with job types as teams have written them',
  () =>
    withProjectCopy(async (project) => {
      await addOwnTypes(project);
      // A clone has packages of its own, the copy has a link to them. If the compiler followed the link, it would check again all that
      // it has checked already.
      for (const name of ['.dependency-cruiser.json', 'tsconfig.json'])
        await edit(
          join(project, name),
          /"(options|compilerOptions)": \{/,
          '$&\n    "preserveSymlinks": true,',
        );
      // All else is as `npm run static` has found it.
      await edit(
        join(project, 'package.json'),
        /"biome check"/,
        '"biome check job-types tests/unit/job-types"',
      );
      await edit(join(project, 'package.json'), / testkit tests (?=.*$)/m, ' testkit tests/unit/job-types ');
      await run('npm run format -- job-types tests/unit/job-types', { cwd: project });
      // If it fails, what it has printed says why.
      const { stdout, stderr } = await run(check, { cwd: project }).catch((error: Printed) => error);
      expect(stdout + stderr).toContain(`Tests:       ${tests.length} passed, ${tests.length} total`);
    }, more),
  300_000,
);
