import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { Clock } from '../../shared/domain/base/ports.ts';
import { readToServer, type ToJob, type ToServer } from './messages.ts';

export interface Forking {
  /** The module that the process runs. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly maxMemoryMb: number;
  /** For its temporary files. It removes the folder if this process ends before it does. */
  readonly folder: string;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it was ended because it could send no answer any more. */
  readonly hasDisconnected?: boolean;
  /** The end of what it has written to its standard error. */
  readonly lastWords: string;
}

/** The process of one job. */
export interface JobProcess {
  readonly pid: number;
  /** What it has sent is kept until this is called. */
  onMessage(take: (message: ToServer) => void): void;
  send(message: ToJob): void;
  /** Ends it at once, and with it every process that it has started. */
  kill(): void;
  /** Resolves when it has ended. */
  readonly exited: Promise<unknown>;
  /** Resolves then, or somewhat later, when all that it has said is there. */
  readonly ended: Promise<ProcessEnd>;
}

/** There was no process that could begin the job: its server is at fault. */
export class NoProcessError extends Error {
  override readonly name = 'NoProcessError';
}

const maxLastWords = 4_000;
/** A process that has left the group may hold the standard error open. */
const maxWaitForWordsMs = 500;
/** The channel of a process that ends closes, too. */
const maxWaitForExitMs = 500;
/** Where memory gets scarce, Linux is to end the process of a job, and not the server. From -1000 to 1000. */
const killFirst = '800';

const isCondition = (argument: string): boolean => argument.startsWith('--conditions=');

/**
 * Starts a process for a job, in a group of its own: what it starts ends with it.
 * @throws NoProcessError if there can be no process more
 */
export async function forkJob(
  { entry, environment, maxMemoryMb, folder }: Forking,
  clock: Pick<Clock, 'sleep'>,
): Promise<JobProcess> {
  const child = fork(entry, [String(process.pid), folder], {
    env: { ...environment, TMPDIR: folder },
    // Of those of this process it gets only what chooses the catalog of job types.
    execArgv: [...process.execArgv.filter(isCondition), `--max-old-space-size=${maxMemoryMb}`],
    serialization: 'advanced',
    detached: true,
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  const lastWords = passOn(child);
  const exited = exitOf(child);
  const ended = endOf(child, { exited, lastWords }, clock);
  const { pid } = child;
  if (pid === undefined) {
    const [error] = await once(child, 'error').catch((thrown: unknown) => [thrown]);
    throw new NoProcessError('the process of the job could not be started', { cause: error });
  }
  // Later failures show in its end.
  child.on('error', () => undefined);
  void writeFile(`/proc/${pid}/oom_score_adj`, killFirst).catch(() => undefined);
  return {
    pid,
    exited,
    ended,
    onMessage: (take) =>
      void child.on('message', (received) => {
        const message = readToServer(received);
        if (message) take(message);
      }),
    // It may have ended by now.
    send: (message) => void (child.connected && child.send(message, () => undefined)),
    kill: () => killGroup(pid),
  };
}

/** Passes on what it says on its standard error. @returns the end of it */
function passOn({ stderr }: ChildProcess): () => string {
  let words = '';
  stderr?.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk);
    words = (words + chunk.toString()).slice(-maxLastWords);
  });
  return () => words;
}

const exitOf = (child: ChildProcess): Promise<Pick<ProcessEnd, 'exitCode' | 'signal'>> =>
  new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    child.once('error', () => child.pid === undefined && resolve({ exitCode: null, signal: null }));
  });

interface Ending {
  readonly exited: ReturnType<typeof exitOf>;
  readonly lastWords: () => string;
}

async function endOf(
  child: ChildProcess,
  { exited, lastWords }: Ending,
  clock: Pick<Clock, 'sleep'>,
): Promise<ProcessEnd> {
  const closed = new AbortController();
  const over = new AbortController();
  const disconnected = endIfDisconnected(child, over.signal, clock);
  child.once('close', () => closed.abort());
  const exit = await exited;
  over.abort();
  if (child.pid !== undefined) killGroup(child.pid);
  await clock.sleep(maxWaitForWordsMs, closed.signal);
  // The server would keep its end as long as the other process lives.
  child.stderr?.destroy();
  return { ...exit, hasDisconnected: await disconnected, lastWords: lastWords() };
}

/** @returns whether the process was ended because it had closed its channel, and had not ended itself */
async function endIfDisconnected(
  child: ChildProcess,
  exited: AbortSignal,
  clock: Pick<Clock, 'sleep'>,
): Promise<boolean> {
  await new Promise<void>((resolve) => {
    child.once('disconnect', resolve);
    exited.addEventListener('abort', () => resolve(), { once: true });
  });
  await clock.sleep(maxWaitForExitMs, exited);
  if (exited.aborted || child.pid === undefined) return false;
  killGroup(child.pid);
  return true;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // No process of the group is left.
  }
}
