import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cloneDir } from '../clone-dir.ts';
import { CommandError, type Ending, endingOfCode } from '../ending.ts';
import type { Surroundings } from './session.ts';

const ownNode = join(cloneDir, 'node_modules/.bin/node');

/**
 * Runs a script of the clone that this command is part of, on the terminal of this command.
 * @param script such as `scripts/keys.ts`: its exit codes are those of `endings`
 * @throws CommandError outside of a clone
 */
export async function runScript(
  script: string,
  args: readonly string[],
  { env, signal }: Pick<Surroundings, 'env' | 'signal'>,
): Promise<Ending> {
  const child = spawn(...commandOf(script, args), { stdio: 'inherit', env });
  const { promise, resolve, reject } = Promise.withResolvers<Ending>();
  child.once('error', reject);
  // A terminal sends Ctrl-C to both. Another signal comes to this command alone.
  signal.addEventListener('abort', () => child.kill());
  child.once('exit', (code) => resolve(code === null ? 'interrupted' : endingOfCode(code)));
  return promise;
}

/** What a script of the clone prints. @throws CommandError outside of a clone */
export async function readScript(
  script: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  return (await promisify(execFile)(...commandOf(script, args), { signal })).stdout;
}

function commandOf(script: string, args: readonly string[]): [node: string, args: readonly string[]] {
  const path = join(cloneDir, script);
  if (!existsSync(path))
    throw new CommandError(
      'usage',
      `This needs ${script} of the project's repository: run jobctl in a clone, after \`npm ci\`.`,
    );
  // On Windows npm makes a script of it, which only a shell starts.
  const node = process.platform !== 'win32' && existsSync(ownNode) ? ownNode : process.execPath;
  return [node, [path, ...args]];
}
