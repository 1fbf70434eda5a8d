import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const projectDir = join(import.meta.dirname, '..');
const bin = join(projectDir, 'node_modules/.bin');
const run = promisify(execFile);

export const copiedNames = [
  'functions',
  'job-types',
  'shared',
  'infra',
  'local',
  'serverless.yml',
  'package.json',
  'package-lock.json', // packages that a type has declared are installed as it says
  'tsconfig.json',
  // The job types of tests, and what starts a system without osls.
  'tests/job-types',
  'tests/system',
  'tests/kept-output.ts',
  'tests/project-copy.ts',
];

let lastFolder = 0;

/**
 * Makes a folder for a copy. Its name is one that copies of earlier runs had: Node.js keeps by its path what it has compiled of a
 * file. No process has a name twice: what it has loaded it keeps by its path, too.
 */
async function makeFolder(prefix: string): Promise<string> {
  for (;;) {
    lastFolder += 1;
    const dir = join(tmpdir(), `${prefix}${lastFolder}`);
    try {
      await mkdir(dir, { mode: 0o700 });
      return dir;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

/** Starts the name of a copy whose path is as long as that of a clone deep in somebody's folders, and has a space. */
export const deepInFolders = `job-worker-copy of ${'a-clone-deep-in-folders-'.repeat(8)}`;

/**
 * Makes a copy of the files that are deployed. serverless-esbuild writes to `.esbuild` and `.serverless` in the project. In
 * a copy it cannot disturb `npm start` or another `sls package`.
 * @param more files and folders that are not deployed
 * @param prefix what its name starts with
 */
export async function makeProjectCopy(
  more: readonly string[] = [],
  prefix = 'job-worker-copy-',
): Promise<{ readonly dir: string; remove(): Promise<void> }> {
  const dir = await makeFolder(prefix);
  // What a killed bundler has in flight may still arrive.
  const remove = () => rm(dir, { recursive: true, force: true, maxRetries: 10 });
  const whole = copiedNames.filter((name) => !more.some((folder) => name.startsWith(`${folder}/`)));
  try {
    for (const folder of ['home', 'tests']) await mkdir(join(dir, folder));
    // Not by promises: they took three times as long.
    for (const name of [...whole, ...more])
      cpSync(join(projectDir, name), join(dir, name), { recursive: true });
    await symlink(join(projectDir, 'node_modules'), join(dir, 'node_modules'));
  } catch (error) {
    await remove();
    throw error;
  }
  return { dir, remove };
}

/** Calls `use` with a copy, which goes afterwards. */
export async function withProjectCopy<Result>(
  use: (dir: string) => Promise<Result>,
  more: readonly string[] = [],
  prefix?: string,
): Promise<Result> {
  const { dir, remove } = await makeProjectCopy(more, prefix);
  try {
    return await use(dir);
  } finally {
    await remove();
  }
}

/**
 * Has a copy check the types of one folder alone. A check after each save, of all that the settings include, was a
 * quarter of the CPU of the tests of `npm start`.
 */
export async function checkTypesOf(dir: string, folder: string): Promise<void> {
  await mkdir(join(dir, folder), { recursive: true });
  await writeFile(join(dir, folder, 'right.ts'), 'export const right: number = 1;\n');
  const settings = join(dir, 'tsconfig.json');
  const text = await readFile(settings, 'utf8');
  await writeFile(settings, text.replace(/"include": \[.*?\]/s, `"include": ["${folder}"]`));
}

/** Of `sls` in a copy: nothing of this process's environment, so neither its credentials nor its profile. */
export const environmentOf = (
  dir: string,
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => ({
  PATH: `${bin}:${process.env.PATH}`,
  HOME: join(dir, 'home'),
  SLS_SCHEMA_CACHE_BASE_DIR: process.env.SLS_SCHEMA_CACHE_BASE_DIR ?? '',
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
  NODE_OPTIONS: '--conditions=engine-tests',
  AWS_EC2_METADATA_DISABLED: 'true',
  // esbuild collects its garbage less often: that was a sixth of its work.
  GOGC: '400',
  ...env,
});

/** Runs `sls` in a copy. @returns its output */
export async function sls(
  dir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout, stderr } = await run(join(bin, 'node'), [join(bin, 'sls'), ...args], {
    cwd: dir,
    env: environmentOf(dir, env),
    timeout: 200_000, // beside all other tests it takes a minute
  });
  return stdout + stderr;
}
