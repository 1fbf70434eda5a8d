import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DemoError } from './demo-error.ts';
import { freePort } from './ports.ts';

const thisProject = fileURLToPath(new URL('..', import.meta.url));
const sls = fileURLToPath(new URL('../node_modules/serverless/bin/serverless.js', import.meta.url));
const outputKept = 4_000;
const lookMs = 100;
const patienceMs = 5_000;

export interface ChildSystem {
  readonly address: string;
  stop(): Promise<void>;
  /** Ends all of it at once, wherever it is. */
  kill(): Promise<void>;
}

interface ChildSystemOptions {
  readonly dataDir?: string;
  readonly longWorkerTimeout?: number;
  /** The folder of its serverless.yml. */
  readonly project?: string;
}

/**
 * Starts the whole system as a process of its own, on a free port, and waits until it answers. It is ended by `stop`,
 * and at the latest with this process. Its state is in memory, unless there is a `dataDir`.
 * @throws DemoError if it does not come up; the signal's reason if that was aborted
 */
export async function startChildSystem(
  signal: AbortSignal,
  { dataDir, longWorkerTimeout = 900, project = thisProject }: ChildSystemOptions = {},
): Promise<ChildSystem> {
  const port = await freePort();
  const { DATA_DIR: _kept, ...environment } = process.env;
  const state = dataDir === undefined ? {} : { DATA_DIR: dataDir };
  const child = spawn(process.execPath, [sls, 'offline', 'start', '--stage', 'local'], {
    cwd: project,
    env: {
      ...environment,
      ...state,
      LONG_WORKER_TIMEOUT: String(longWorkerTimeout),
      PORT: String(port),
      END_WITH_PARENT: 'yes',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own, so that all of it can be ended
  });
  process.once('exit', () => killGroup(child, 'SIGKILL'));
  const output = collectOutput(child);
  const address = `http://127.0.0.1:${port}`;
  try {
    await answers(address, { child, output, signal });
  } catch (error) {
    await stop(child);
    throw error;
  }
  return {
    address,
    stop: () => stop(child),
    async kill() {
      const exited = once(child, 'exit');
      killGroup(child, 'SIGKILL');
      await exited;
    },
  };
}

function collectOutput(child: ChildProcess): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-outputKept);
    });
  return () => output;
}

async function answers(
  address: string,
  { child, output, signal }: { child: ChildProcess; output: () => string; signal: AbortSignal },
): Promise<void> {
  while (!(await fetch(`${address}/jobs/none`, { signal }).catch(() => undefined))) {
    signal.throwIfAborted();
    if (isOver(child)) throw new DemoError(`The system did not start:\n${output()}`);
    await setTimeout(lookMs);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (isOver(child)) return;
  const exited = once(child, 'exit');
  killGroup(child, 'SIGTERM');
  const waited = new AbortController();
  const patience = setTimeout(patienceMs, undefined, { signal: waited.signal }).catch(() => undefined);
  await Promise.race([exited, patience]);
  waited.abort();
  killGroup(child, 'SIGKILL');
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // There is none left to kill.
  }
}

const isOver = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;
