import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cloneRoot } from '../clone-root.ts';
import { CommandError, type Ending, endingOfCode } from '../ending.ts';
import type { Session } from '../session.ts';
import { type FoundType, identifierOf } from './test-of-job.ts';

export interface Clone {
  readonly node: string;
  readonly script: string;
  readonly compileCache: string;
}

/** @throws CommandError if this is no clone, or one without its packages */
export function findClone(root: string = cloneRoot): Clone {
  const script = join(root, 'scripts/replay-job.ts');
  if (!existsSync(script))
    throw new CommandError(
      'usage',
      `A replay runs the handler of the job from a clone of the repository, and there is no ${script}. Run \`npx jobctl\` in the clone.`,
    );
  const node = join(root, 'node_modules/.bin/node');
  if (!existsSync(node)) throw new CommandError('usage', `There is no ${node}: run \`npm ci\` in the clone.`);
  return { node, script, compileCache: join(root, 'node_modules/.cache/jobctl') };
}

/** Where a clone has job types: the user's, the samples, those of its tests. */
const catalogs = ['job-types', 'examples', 'tests/job-types'];

export async function findType(type: string): Promise<FoundType> {
  const catalog = catalogs.find((name) => existsSync(join(cloneRoot, name, type))) ?? 'job-types';
  const folder = join(cloneRoot, catalog, 'handlers');
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return { catalog, isMade: texts.some((text) => text.includes(` ${identifierOf(type)}(`)) };
}

/** What it gets of the environment: no credential of AWS, no JOB_KEY, no options for Node.js. */
const passedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TERM', 'NO_COLOR', 'FORCE_COLOR'];

/** The catalog of job types that this process was told, or else the one with the samples, if the clone has them. */
function catalogOf(script: string, env: Session['env']): readonly string[] {
  const told = env.NODE_OPTIONS?.match(/--conditions=\S+/g);
  const hasSamples = existsSync(join(dirname(script), '../examples'));
  return told ?? (hasSamples ? ['--conditions=examples'] : []);
}

interface Replay {
  /** It has the order, and becomes the folder for temporary files. */
  readonly folder: string;
  readonly hasDebugger: boolean;
}

/** Runs a replay in a process of its own, up to its end. @throws CommandError; the signal's reason */
export async function startReplay(
  { folder, hasDebugger }: Replay,
  { node, script, compileCache }: Clone,
  { env, signal }: Pick<Session, 'env' | 'signal'>,
): Promise<Ending> {
  // Node.js itself refuses programs, threads and native code then. It has no such permission for the network.
  const permissions = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'];
  const inspected = hasDebugger ? ['--allow-inspector', '--disable-warning=PERM0004'] : [];
  const passed = passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  const child = spawn(node, [...permissions, ...catalogOf(script, env), ...inspected, script, folder], {
    cwd: folder,
    env: { ...Object.fromEntries(passed), TMPDIR: folder, NODE_COMPILE_CACHE: compileCache },
    // It reads nothing. That the pipe is closed tells it that this process is gone, even by a kill -9.
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  // A terminal sends Ctrl-C to both. One that stands still in a debugger, or has hung itself up, hears nothing else.
  const end = () => child.kill('SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  process.once('exit', end);
  try {
    if (signal.aborted) end();
    const { code, endSignal } = await endOf(child);
    signal.throwIfAborted();
    // On a terminal, Ctrl-C may have met it first.
    if (endSignal === 'SIGINT') return 'interrupted';
    if (code === null)
      throw new CommandError('unexpected', `The replay was ended by the signal ${endSignal}.`);
    return endingOfCode(code);
  } finally {
    signal.removeEventListener('abort', end);
    process.off('exit', end);
  }
}

const endOf = (child: ReturnType<typeof spawn>) =>
  new Promise<{ readonly code: number | null; readonly endSignal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, endSignal) => resolve({ code, endSignal }));
    },
  );
