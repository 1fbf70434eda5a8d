import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { defined } from '../../shared/domain/base/defined.ts';
import { type EmulatorEndpoints, endpointVariables } from '../emulators/emulator-endpoints.ts';
import { freePort } from '../machine/free-port.ts';

const thisProject = fileURLToPath(new URL('../..', import.meta.url));
const npmStart = fileURLToPath(new URL('../start.ts', import.meta.url));
/** Those of `npm start`. */
const nodeOptions = packageJson.scripts.start.split(' ').filter((word) => word.startsWith('--'));
const maxOutputLength = 4_000;
const pollMs = 100;
const stopTimeoutMs = 5_000;

/** The system ended before it answered. The message has the end of its output. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export interface ChildSystem {
  readonly address: string;
  /** Of the process that has the gateway, the emulators and, in threads, the functions. */
  readonly pid: number;
  /** The end of what it has printed. */
  output(): string;
  stop(): Promise<void>;
  /** Ends all its processes at once, whatever they are doing. */
  kill(): Promise<void>;
}

interface ChildSystemOptions {
  readonly dataDir?: string;
  readonly longWorkerTimeout?: number;
  /** After a kill, a running job is taken over when its lease has ended. */
  readonly leaseSeconds?: number;
  /** `always`: each payload is kept from its submission on. */
  readonly keepPayload?: 'always';
  readonly auth?: 'none' | 'apiKey' | 'apiKey,jwt';
  /** Where callers may show tokens: whose, and for whom they are. */
  readonly tokens?: { readonly jwtIssuer: string; readonly jwtAudience: string };
  /** An origin whose pages may call the API. */
  readonly cors?: string;
  /** Names of this machine. */
  readonly allowedHosts?: string;
  /** Of the command line. */
  readonly options?: readonly string[];
  /** Emulators that run already, in place of its own. */
  readonly endpoints?: EmulatorEndpoints;
  /** The folder of serverless.yml. */
  readonly project?: string;
  /** A program that takes the options of `npm start`. */
  readonly command?: string;
}

/**
 * Starts the whole system as a child process, on a free port, and waits until it answers. `stop` ends it, and so does
 * the end of this process. Its data is in memory, unless there is a `dataDir`.
 * @throws StartError if it ends before it answers; the signal's reason if that is aborted
 */
export async function startChildSystem(
  signal: AbortSignal,
  {
    dataDir,
    longWorkerTimeout = 900,
    leaseSeconds,
    keepPayload,
    auth = 'none',
    tokens,
    cors,
    allowedHosts,
    options = [],
    endpoints,
    project = thisProject,
    command = npmStart,
  }: ChildSystemOptions = {},
): Promise<ChildSystem> {
  const port = await freePort();
  const { DATA_DIR: _dir, LOCAL_AWS_SECRET: _secret, ...environment } = process.env;
  const given = defined({ DATA_DIR: dataDir, ALLOWED_HOSTS: allowedHosts });
  const parameters = Object.entries({ leaseSeconds, keepPayload, cors, ...tokens }).flatMap(
    ([name, value]) => (value === undefined ? [] : [`--param=${name}=${value}`]),
  );
  const child = spawn(process.execPath, [...nodeOptions, command, ...parameters, ...options], {
    cwd: project,
    env: {
      ...environment,
      ...given,
      // By the path in the project: copies of it share what is compiled.
      NODE_COMPILE_CACHE: join(project, 'node_modules/.cache/compiled'),
      NODE_COMPILE_CACHE_PORTABLE: '1',
      LONG_WORKER_TIMEOUT: String(longWorkerTimeout),
      AUTH: auth,
      ...(endpoints ? endpointVariables(endpoints) : {}),
      PORT: String(port),
      END_WITH_PARENT: 'yes',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a new process group, so that one signal ends all its processes
  });
  const killWithThis = () => killGroup(child, 'SIGKILL');
  process.once('exit', killWithThis);
  child.once('exit', () => process.off('exit', killWithThis));
  const output = collectOutput(child);
  const address = `http://127.0.0.1:${port}`;
  try {
    await untilItAnswers(address, { child, output, signal });
  } catch (error) {
    await stop(child);
    throw error;
  }
  return {
    address,
    pid: child.pid ?? 0,
    output,
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
      output = (output + text).slice(-maxOutputLength);
    });
  return () => output;
}

async function untilItAnswers(
  address: string,
  { child, output, signal }: { child: ChildProcess; output: () => string; signal: AbortSignal },
): Promise<void> {
  while (!(await fetch(`${address}/jobs/none`, { signal }).catch(() => undefined))) {
    signal.throwIfAborted();
    if (hasEnded(child)) throw new StartError(`The system did not start:\n${output()}`);
    await setTimeout(pollMs);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, 'exit');
  killGroup(child, 'SIGTERM');
  const waited = new AbortController();
  const timeout = setTimeout(stopTimeoutMs, undefined, { signal: waited.signal }).catch(() => undefined);
  await Promise.race([exited, timeout]);
  waited.abort();
  killGroup(child, 'SIGKILL');
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // No process of the group is left.
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;
