import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { environmentOf, projectDir } from '../project-copy.ts';

export interface OslsCommand {
  readonly dir: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** No output has it. The exit code follows. */
export const endOfOutput = '\0';

/** A process that runs commands of osls, one after the other. */
export class Osls {
  #process: ChildProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `sls`, as {@link sls} does. */
  run(dir: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const ran = this.#last.then(() => this.#run({ dir, args, env: environmentOf(dir, env) }));
    this.#last = ran.catch(() => undefined);
    return ran;
  }

  /** Between commands it has nothing to lose, and to end by itself takes it seconds. */
  async end(): Promise<void> {
    await this.#last;
    const running = this.#process;
    if (!running || running.exitCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  }

  async #run(command: OslsCommand): Promise<string> {
    const running = this.#process ?? this.#start();
    this.#process = running;
    running.send(command);
    const streams = [running.stdout, running.stderr].filter((stream) => stream !== null);
    const outputs = await Promise.all(streams.map(untilEnd));
    const [stdout = '', stderr = ''] = outputs.map(({ text }) => text);
    if (outputs.some(({ code }) => code === undefined)) this.#process = undefined;
    if (outputs.every(({ code }) => code === '0')) return stdout + stderr;
    throw Object.assign(new Error(`sls ${command.args.join(' ')} failed:\n${stdout}${stderr}`), {
      stdout,
      stderr,
    });
  }

  #start(): ChildProcess {
    const file = join(import.meta.dirname, 'osls-process.ts');
    const node = join(projectDir, 'node_modules/.bin/node');
    const started = spawn(node, ['--disable-warning=ExperimentalWarning', file], {
      env: environmentOf(projectDir, {}),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [started.stdout, started.stderr]) stream?.setEncoding('utf8');
    return started;
  }
}

/** @returns what a command has printed, and its exit code: none if the process has ended */
async function untilEnd(stream: Readable): Promise<{ readonly text: string; readonly code?: string }> {
  let text = '';
  const ended = Promise.withResolvers<void>();
  const read = (chunk: string) => {
    text += chunk;
    if (text.endsWith('\n') && text.includes(endOfOutput)) ended.resolve();
  };
  stream.on('data', read).once('end', ended.resolve);
  await ended.promise;
  stream.off('data', read).off('end', ended.resolve);
  const [printed = '', code] = text.split(endOfOutput);
  return code === undefined ? { text: printed } : { text: printed, code: code.trim() };
}
