import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { keep } from '../kept-output.ts';

/** The project as it is, or with other files, compiled with the options of the whole project. */
export interface Version {
  /** The folders to compile, with what they import. */
  readonly include: readonly string[];
  /** Files that are new or have another text, by their path. */
  readonly files?: Readonly<Record<string, string>>;
}

const printed = z.array(z.string());

/** What versions consist of. That they read nothing else of the project, the compiler checks. */
export const compiledPaths = [
  ...['functions', 'job-types', 'shared', 'client/src', 'client/jobctl/src', 'testkit', 'tsconfig.json'],
  ...[
    'tests/fixtures',
    'tests/job-types',
    'tests/unit/testkit',
    'client/package.json',
    'client/jobctl/package.json',
    'package.json',
  ],
];

/**
 * Compiles, once for all runs with the same sources, in a process of its own: in Jest's module sandbox the compiler takes
 * three times as long. Versions share what they have in common.
 * @returns the errors of each version, the first line of each
 */
export async function errorsOf(versions: readonly Version[]): Promise<readonly (readonly string[])[]> {
  const asked = JSON.stringify(versions);
  const inputs = { paths: [...compiledPaths, 'tests/infra/compile.ts'], values: [asked] };
  const folder = await keep('errors', inputs, async (into) => {
    const compiling = promisify(execFile)(process.execPath, [join(import.meta.dirname, 'compile.ts')], {
      maxBuffer: 2 ** 24,
    });
    compiling.child.stdin?.end(asked);
    await writeFile(join(into, 'errors.json'), (await compiling).stdout);
  });
  const texts = printed.parse(JSON.parse(await readFile(join(folder, 'errors.json'), 'utf8')));
  return texts.map((text) => text.split('\n').filter((line) => /^\S/.test(line)));
}
