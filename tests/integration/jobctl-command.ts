import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';
import about from '../../client/jobctl/package.json' with { type: 'json' };
import { runJobctl as runHere } from '../../client/jobctl/src/run-jobctl.ts';
import { buildJobctl } from '../../scripts/build-package.ts';
import { keep } from '../kept-output.ts';
import { projectDir } from '../project-copy.ts';

const { version } = about;
/** As in a clone, from the source. */
const inClone = join(projectDir, 'client/jobctl/bin/jobctl.js');
const paths = ['client/src', 'client/jobctl/src', 'client/jobctl/package.json', 'scripts/build-package.ts'];
/** As in its package. It starts in two thirds of the time, and tests start it hundreds of times. */
const packed = join(await keep('jobctl', { paths }, buildJobctl), 'main.js');
/** Commands that start a script of the clone. */
const ofClone = ['keys', 'replay'];

const commandOf = (args: readonly string[]): readonly string[] => [
  args.some((each) => ofClone.includes(each)) ? inClone : packed,
  ...args,
];
const terminal = join(import.meta.dirname, 'terminal.py');
const python = '/usr/bin/python3';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

type Environment = Readonly<Record<string, string>>;

interface Running {
  readonly env?: Environment;
  /** Default: the root. */
  readonly cwd?: string;
  readonly stdin?: string;
  /** Default: that of the tests. */
  readonly node?: string;
  /** Sends Ctrl-C as soon as the output matches. */
  readonly interruptAt?: RegExp;
  /** Sends Ctrl-C then. */
  readonly interruptWhen?: Promise<unknown>;
}

/** Nothing of the environment of the tests, but where programs are. */
const baseEnvironment = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  TERM: 'xterm',
  // It has the catalog of job types.
  NODE_OPTIONS: process.env.NODE_OPTIONS ?? '',
};

/** Runs a program through pipes. */
export async function runPiped(
  command: readonly string[],
  { env = {}, cwd = projectDir, stdin = '', interruptAt, interruptWhen }: Omit<Running, 'node'> = {},
): Promise<Ended> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd, env: { ...baseEnvironment, ...env } });
  interruptWhen?.then(() => child.kill('SIGINT'));
  if (interruptAt) interruptOnce(child, interruptAt);
  child.stdin.on('error', () => {
    // It has ended without reading all of it.
  });
  child.stdin.end(stdin);
  const code = new Promise<number>((resolve) => child.once('exit', (exitCode) => resolve(exitCode ?? -1)));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
}

/** A second Ctrl-C would meet a process that is about to end. */
function interruptOnce(child: ChildProcessWithoutNullStreams, pattern: RegExp): void {
  let seen = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      const before = pattern.test(seen);
      seen += chunk;
      if (!before && pattern.test(seen)) child.kill('SIGINT');
    });
}

/** The commands that a file of tests has run as a program. */
const spawned = new Set<string>();

/**
 * Runs `jobctl` through pipes. Each command runs as a program once in each file of tests, and whenever a test asks for more
 * than an environment and an input: whether it ends by itself, and with which code, is seen there. Else it runs in this
 * process, in a tenth of the time.
 */
export async function runJobctl(args: readonly string[], running: Running = {}): Promise<Ended> {
  const { env = {}, stdin = '', ...more } = running;
  const command = args.find((each) => !each.startsWith('-')) ?? '';
  if (ofClone.includes(command) || !spawned.has(command) || Object.keys(more).length > 0) {
    spawned.add(command);
    const { node = process.execPath, ...piped } = running;
    return runPiped([node, ...commandOf(args)], piped);
  }
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const printed = Promise.all([text(stdout), text(stderr)]);
  const code = await runHere(args, {
    version,
    env: { ...baseEnvironment, ...env },
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout,
    stderr,
    signal: new AbortController().signal,
    interrupt: () => {},
    now: Date.now,
  });
  for (const each of [stdout, stderr]) each.end();
  const [out, err] = await printed;
  return { code, out, err };
}

/** Runs it, and looks on. */
export function startJobctl(args: readonly string[], { env = {} }: Pick<Running, 'env'> = {}) {
  const child = spawn(process.execPath, commandOf(args), {
    cwd: projectDir,
    env: { ...baseEnvironment, ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (exitCode) => resolve({ code: exitCode ?? -1, out, err })),
  );
  return { seen: () => out + err, ended, interrupt: () => child.kill('SIGINT') };
}

interface Step {
  readonly see: string;
  readonly type: string;
  /** A file that is removed then. */
  readonly remove?: string;
}

const onTerminal = z.object({ code: z.int(), output: z.string() });

interface OnTerminal {
  readonly env?: Environment;
  readonly steps?: readonly Step[];
}

/** Runs a program on a terminal, and types the text of each step when it sees the one before. */
export async function runProgramOnTerminal(
  command: readonly string[],
  { env = {}, steps = [] }: OnTerminal = {},
): Promise<z.infer<typeof onTerminal>> {
  const order = JSON.stringify({ command, steps, seconds: 60 });
  const { code, out, err } = await runPiped([python, terminal], { env, stdin: order });
  if (code !== 0) throw new Error(err);
  return onTerminal.parse(JSON.parse(out));
}

/** The same of `jobctl`. */
export const runOnTerminal = (
  args: readonly string[],
  more: OnTerminal = {},
): Promise<z.infer<typeof onTerminal>> => runProgramOnTerminal([process.execPath, ...commandOf(args)], more);
