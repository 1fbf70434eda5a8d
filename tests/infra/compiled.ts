import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { keep } from '../kept-output.ts';
import { projectDir } from '../project-copy.ts';

/** The project as it is, or with other files, compiled with the options of the whole project. */
export interface Version {
  /** The folders to compile, with what they import. */
  readonly include: readonly string[];
  /** Files that are new or have another text, by their path. */
  readonly files?: Readonly<Record<string, string>>;
}

const printed = z.array(z.string());
const require = createRequire(import.meta.url);

/** What versions consist of. Where they are compiled, there is nothing else of the project. */
const compiledPaths = [
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
 * Compiles with the compiler of `npm run types`, once for all runs with the same sources.
 * @returns the errors of each version, the first line of each
 */
export async function errorsOf(versions: readonly Version[]): Promise<readonly (readonly string[])[]> {
  const inputs = {
    paths: [...compiledPaths, 'tests/infra/compiled.ts'],
    values: [JSON.stringify(versions)],
  };
  const folder = await keep('errors', inputs, async (into) => {
    const texts: string[] = [];
    for (const version of versions) texts.push(await compile(version));
    await writeFile(join(into, 'errors.json'), JSON.stringify(texts));
  });
  const texts = printed.parse(JSON.parse(await readFile(join(folder, 'errors.json'), 'utf8')));
  return texts.map((text) => text.split('\n').filter((line) => /^\S/.test(line)));
}

/** @returns what `tsc` prints of a version */
async function compile({ include, files = {} }: Version): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'compiled-'));
  try {
    for (const path of compiledPaths) await cp(join(projectDir, path), join(dir, path), { recursive: true });
    await symlink(join(projectDir, 'node_modules'), join(dir, 'node_modules'));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), text);
    }
    const config = { extends: './tsconfig.json', include };
    await writeFile(join(dir, 'tsconfig.of-version.json'), JSON.stringify(config));
    return await tsc(dir, ['--noEmit', '--project', 'tsconfig.of-version.json']);
  } finally {
    await rm(dir, { recursive: true });
  }
}

const tscPath = join(dirname(require.resolve('typescript-7/package.json')), 'bin/tsc');

/** With one thread it takes half the CPU, and a third less if it collects no garbage before it has so much. */
const env = { ...process.env, GOGC: 'off', GOMEMLIMIT: '2GiB' };
const tsc = (cwd: string, options: readonly string[]): Promise<string> =>
  promisify(execFile)(process.execPath, [tscPath, '--singleThreaded', ...options], {
    cwd,
    env,
    maxBuffer: 2 ** 24,
  }).then(
    ({ stdout }) => stdout,
    // Its exit code says that there are errors.
    (error: { readonly stdout?: string }) => {
      if (!error.stdout) throw error;
      return error.stdout;
    },
  );
