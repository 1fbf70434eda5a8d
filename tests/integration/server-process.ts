import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { freePort } from '../../local/machine/free-port.ts';
import type { ChildSystem } from '../../local/system/child-system.ts';
import { eventually } from './eventually.ts';

const readiness = z.object({
  running: z.int(),
  ill: z.optional(z.object({ of: z.string(), why: z.string() })),
});
const entry = fileURLToPath(new URL('../../server/main.ts', import.meta.url));
const project = fileURLToPath(new URL('../..', import.meta.url));

export interface ServerProcess {
  /** The end of what it has printed. */
  output(): string;
  /** What `/ready` says. */
  ready(): Promise<{ readonly status: number } & z.infer<typeof readiness>>;
  /** Sends a signal, and waits for the end. @returns the exit code, null if a signal ended it */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const running: ChildProcess[] = [];
/** Those that npm has started. */
const groups: ChildProcess[] = [];

/** Ends every server that a test has left running. */
export async function killServers(): Promise<void> {
  const left = running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await Promise.all(
    left.map(async (child) => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }),
  );
  for (const { pid } of groups) killGroup(pid);
}

/** npm may have ended, and have left its server behind. */
function killGroup(pid: number | undefined): void {
  try {
    process.kill(-Number(pid), 'SIGKILL');
  } catch {
    // Nothing is left of it.
  }
}

/** How a server is started that is not as every other. */
interface Special {
  readonly environment?: NodeJS.ProcessEnv;
  /** What its `/ready` answers when it has started. */
  readonly status?: 200 | 503;
}

/** Starts `npm run worker` for a system that runs as a child process, and waits until it receives. */
export const startServer = (
  { address }: Pick<ChildSystem, 'address'>,
  options: readonly string[] = [],
  { environment, status }: Special = {},
): Promise<ServerProcess> =>
  spawnServer({ ...process.env, PORT: new URL(address).port, ...environment }, options, { status });

/** The same for a system in this process: its functions have read the environment that the server gets. */
export const startServerHere = (
  options: readonly string[] = [],
  command: typeof byNode | typeof byNpm = byNode,
): Promise<ServerProcess> => {
  const { STAGE: _, ...environment } = process.env;
  return spawnServer(environment, options, { command });
};

const byNode = [process.execPath, entry] as const;
export const byNpm = ['npm', 'run', 'worker', '--'] as const;

interface Command {
  readonly command?: typeof byNode | typeof byNpm;
  readonly status?: Special['status'] | undefined;
}

async function spawnServer(
  env: NodeJS.ProcessEnv,
  options: readonly string[],
  { command = byNode, status = 200 }: Command,
): Promise<ServerProcess> {
  const [program, ...before] = command;
  const healthPort = await freePort();
  const child = spawn(program, [...before, '--health-port', String(healthPort), ...options], {
    cwd: project,
    env,
    detached: program === 'npm',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  if (program === 'npm') groups.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-20_000);
    });
  const ready = async () => {
    const response = await fetch(`http://127.0.0.1:${healthPort}/ready`);
    return { status: response.status, ...readiness.parse(await response.json()) };
  };
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`the server has ended: ${output}`);
    const answer = await ready().catch(() => undefined);
    return answer?.status === status || undefined;
  }, `the server to say ${status}`).catch((cause: unknown) => {
    throw new Error(`${cause}, which has written:\n${output}`, { cause });
  });
  return {
    output: () => output,
    ready,
    async end(signal) {
      const exited = once(child, 'exit');
      child.kill(signal);
      const [code]: (number | null)[] = await exited;
      return code ?? null;
    },
  };
}
