import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { problemsOfCatalog } from '../../infra/packaging/problems-of-catalog.ts';
import { localFolder } from '../machine/running-system.ts';

interface TypeCheckOptions {
  readonly project: string;
  readonly say: (text: string) => void;
  /** How long after a save a check begins: bundling comes first. */
  readonly settleMs?: number;
}

const defaultSettleMs = 2_000;
const maxSaid = 10;

/**
 * Checks the catalogs and the types of the project after saves, these in a process that has only the time that nobody else wants: bundling and
 * jobs do not wait for it. One check at a time: a save ends the one before.
 */
export class TypeCheck {
  readonly #options: TypeCheckOptions;
  #running = new AbortController();
  #idle: Promise<void> = Promise.resolve();
  /** The folders with settings of their own that are to be checked: those of saved files, and those that had errors. */
  readonly #due = new Set<string>();
  /** The last errors that were said. */
  #said = '';

  constructor(options: TypeCheckOptions) {
    this.#options = options;
  }

  /** @param path of the file */
  onSave(path: string): void {
    this.#due.add(settingsFor(path, this.#options.project));
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
    const found = [...(await problemsOfCatalog(project, { examples: true }))];
    for (const folder of [...this.#due].sort()) {
      const child = compile({ project, folder }, signal);
      const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
      if (signal.aborted) return;
      if (code === 0) this.#due.delete(folder);
      else found.push(printed.trim());
    }
    const errors = found.join('\n');
    if (errors === this.#said) return;
    this.#said = errors;
    say(errors === '' ? 'The types are right again.' : shortened(errors));
  }
}

/**
 * The folder around a file that has a tsconfig.json: the samples have one of their own, and that of the project leaves
 * them out.
 */
function settingsFor(path: string, project: string): string {
  const parts = relative(project, dirname(path)).split(sep);
  const folders = parts.map((_, index) => parts.slice(0, parts.length - index).join(sep));
  return folders.find((folder) => existsSync(join(project, folder, 'tsconfig.json'))) ?? '';
}

interface Compiled {
  readonly project: string;
  /** In the project. */
  readonly folder: string;
}

function compile(
  { project, folder }: Compiled,
  signal: AbortSignal,
): ChildProcess & { stdout: NonNullable<ChildProcess['stdout']> } {
  const modules = join(project, 'node_modules');
  const kept = join(localFolder(project), `types-${folder.replaceAll(sep, '-')}.tsbuildinfo`);
  const options = [
    '--noEmit',
    '--incremental',
    '--tsBuildInfoFile',
    kept,
    '--singleThreaded',
    '--pretty',
    'false',
  ];
  const child = spawn(
    process.execPath,
    [join(modules, 'typescript-7/bin/tsc'), ...options, '-p', join(project, folder)],
    {
      cwd: project,
      stdio: ['ignore', 'pipe', 'ignore'],
      signal,
    },
  );
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
