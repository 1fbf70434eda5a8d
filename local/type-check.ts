import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { localFolder } from './running-system.ts';

interface TypeCheckOptions {
  readonly project: string;
  readonly say: (text: string) => void;
  /** How long after a save a check begins: bundling comes first. */
  readonly settleMs?: number;
}

const defaultSettleMs = 2_000;
const maxSaid = 10;

/**
 * Checks the types of the project after saves, in a process that has only the time that nobody else wants: bundling and jobs do not wait for
 * it. One check at a time: a save ends the one before.
 */
export class TypeCheck {
  readonly #options: TypeCheckOptions;
  #running = new AbortController();
  #idle: Promise<void> = Promise.resolve();
  /** The last errors that were said. */
  #said = '';

  constructor(options: TypeCheckOptions) {
    this.#options = options;
  }

  onSave(): void {
    this.#running.abort();
    this.#running = new AbortController();
    const { signal } = this.#running;
    const before = this.#idle;
    this.#idle = before.then(() => this.#check(signal)).catch(() => undefined);
  }

  /** Resolves when no check is under way. */
  idle(): Promise<void> {
    return this.#idle;
  }

  stop(): void {
    this.#running.abort();
  }

  async #check(signal: AbortSignal): Promise<void> {
    const { project, say, settleMs = defaultSettleMs } = this.#options;
    await setTimeout(settleMs, undefined, { signal, ref: false });
    const child = compile(project, signal);
    const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    if (signal.aborted) return;
    const errors = code === 0 ? '' : printed.trim();
    if (errors === this.#said) return;
    this.#said = errors;
    say(errors === '' ? 'The types are right again.' : shortened(errors));
  }
}

function compile(
  project: string,
  signal: AbortSignal,
): ChildProcess & { stdout: NonNullable<ChildProcess['stdout']> } {
  const modules = join(project, 'node_modules');
  const kept = join(localFolder(project), 'types.tsbuildinfo');
  const options = [
    '--noEmit',
    '--incremental',
    '--tsBuildInfoFile',
    kept,
    '--singleThreaded',
    '--pretty',
    'false',
  ];
  const child = spawn(process.execPath, [join(modules, 'typescript-7/bin/tsc'), ...options, '-p', project], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'ignore'],
    signal,
  });
  // An abort is an error of the process, too.
  child.on('error', () => undefined);
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  return child;
}

function shortened(errors: string): string {
  const lines = errors.split('\n');
  return lines.length <= maxSaid
    ? errors
    : [...lines.slice(0, maxSaid), `... ${lines.length - maxSaid} lines more: npm run types`].join('\n');
}
