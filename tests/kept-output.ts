import { hash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalAwsError } from '../local/local-aws.ts';
import { lockDataDir } from '../local/machine/lock-data-dir.ts';

const root = join(import.meta.dirname, '..');

/** What an output is made of: all that is read to make it, so that with the same inputs it is the same. */
export interface Inputs {
  /** Files and folders of the project, relative to it. A folder counts with all that is in it. */
  readonly paths: readonly string[];
  /** What else counts: parameters, variables of the environment. The Node.js and the installed packages count anyway. */
  readonly values?: readonly string[];
}

/** Where outputs are kept, and for how long. */
interface KeptIn {
  /** The folder that the paths of inputs are in. */
  readonly project: string;
  readonly cache: string;
  /** What nobody has used for so long may go. */
  readonly unusedMs: number;
}
const here: KeptIn = { project: root, cache: join(root, 'node_modules/.cache/kept'), unusedMs: 3_600_000 };

/** So many outputs of a name stay, also if nobody uses them: a change that is undone finds what it had. */
const keptOutputs = 3;
/** Of all packages that are there. */
const installed = 'node_modules/.package-lock.json';
const askAgainMs = 25;
/** Inputs that an editor or a build changes all the time are a fault that somebody should see. */
const maxAttempts = 5;

/**
 * Makes an output once for all tests, processes and runs that have the same inputs. What is half written, what was made
 * while its inputs changed, and what somebody has changed since is never returned. Others that ask meanwhile wait.
 * @param name such as `bundles`; of each name one output is made at a time
 * @param make writes the output into a folder, which is moved later
 * @returns the folder. To change what is in it, copy it
 */
export async function keep(
  name: string,
  inputs: Inputs,
  make: (folder: string) => Promise<void>,
  over: Partial<KeptIn> = {},
): Promise<string> {
  const keptIn = { ...here, ...over };
  const all = join(keptIn.cache, name);
  await mkdir(all, { recursive: true });
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const key = hashOfInputs(inputs, keptIn);
    const found = await findOutput(join(all, key));
    if (found !== undefined) return found;
    const lock = await lockWhenFree(all);
    try {
      const madeMeanwhile = await findOutput(join(all, key));
      if (madeMeanwhile !== undefined) return madeMeanwhile;
      const made = await makeIn(all, make);
      if (hashOfInputs(inputs, keptIn) === key) {
        await rm(join(all, key), { recursive: true, force: true });
        await rename(made, join(all, key));
        await removeUnused(all, keptIn);
        return outputIn(join(all, key));
      }
      await rm(made, { recursive: true, force: true });
    } finally {
      lock.close();
    }
  }
  throw new Error(`The inputs of ${name} changed whenever it was made.`);
}

const outputIn = (entry: string): string => join(entry, 'output');

/** @returns the output, if there is one that is as it was made */
async function findOutput(entry: string): Promise<string | undefined> {
  try {
    const now = new Date();
    await utimes(entry, now, now);
    const expected = await readFile(join(entry, 'sha256'), 'utf8');
    return expected === hashOfFiles(entry, ['output']) ? outputIn(entry) : undefined;
  } catch {
    return undefined; // there is none, or not all of it
  }
}

/** @returns the folder of the new entry */
async function makeIn(all: string, make: (folder: string) => Promise<void>): Promise<string> {
  const entry = await mkdtemp(join(all, 'making-'));
  try {
    await mkdir(outputIn(entry));
    await make(outputIn(entry));
    await writeFile(join(entry, 'sha256'), hashOfFiles(entry, ['output']));
    return entry;
  } catch (error) {
    await rm(entry, { recursive: true, force: true });
    throw error;
  }
}

/** The lock ends with its process, however that ends. */
async function lockWhenFree(folder: string): Promise<{ close(): void }> {
  for (;;) {
    try {
      return lockDataDir(folder);
    } catch (error) {
      if (!(error instanceof LocalAwsError)) throw error;
      await sleep(askAgainMs);
    }
  }
}

/** Also what a process that was killed was making. */
async function removeUnused(all: string, { unusedMs }: KeptIn): Promise<void> {
  const entries = (await readdir(all, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const used = await Promise.all(
    entries.map(async ({ name }) => ({ name, at: (await stat(join(all, name))).mtimeMs })),
  );
  const unused = used
    .sort((one, other) => other.at - one.at)
    .slice(keptOutputs)
    .filter(({ at }) => at < Date.now() - unusedMs);
  for (const { name } of unused) await rm(join(all, name), { recursive: true, force: true });
}

function hashOfInputs({ paths, values = [] }: Inputs, { project }: KeptIn): string {
  const files = hashOfFiles(project, [installed, ...paths]);
  const runtime = [process.version, process.platform, process.arch];
  return sha256(JSON.stringify([files, values, runtime]));
}

/** Of the names and the contents of all files. Not by promises: with 700 files of sources, they took longer than the files. */
function hashOfFiles(folder: string, paths: readonly string[]): string {
  const files = paths.flatMap((path) => filesIn(join(folder, path)));
  const names = [...new Set(files.map((file) => relative(folder, file)))].sort();
  return sha256(JSON.stringify(names.map((name) => [name, sha256(readFileSync(join(folder, name)))])));
}

function filesIn(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => name !== '__pycache__') // Python writes it beside a script that a test runs
    .flatMap((entry) => (entry.isDirectory() ? filesIn(join(path, entry.name)) : [join(path, entry.name)]));
}

const sha256 = (content: string | Buffer): string => hash('sha256', content);
