import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/*
 * What all tests of a level share is started once, by Jest's globalSetup, in a process of its own: so no test loads what
 * runs there. That process prints where it is found, and ends with its input.
 */

/** Of all levels. Jest loads the modules of globalSetup and globalTeardown each for itself. */
const running = globalThis as typeof globalThis & { sharedServers?: (() => Promise<void>)[] };

/**
 * Starts a shared process.
 * @param script calls {@link serve}
 * @returns the line that it has printed
 */
export async function startShared(script: string): Promise<string> {
  const server = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  running.sharedServers ??= [];
  running.sharedServers.push(async () => {
    server.stdin.end();
    await ended;
  });
  const failed = ended.then(() => Promise.reject(new Error(`${script} has not started`)));
  const [line] = await Promise.race([once(createInterface(server.stdout), 'line'), failed]);
  return line;
}

/** Jest's globalTeardown: ends them all. Each level calls it. */
export default async function stopShared(): Promise<void> {
  await Promise.all((running.sharedServers ?? []).splice(0).map((stop) => stop()));
}

/** Says to the tests where they find what this process has started, and stops it when its input ends. */
export function serve(found: object, stop: () => Promise<unknown>): void {
  console.log(JSON.stringify(found));
  process.stdin.resume().once('end', async () => {
    await stop();
    process.exit(0);
  });
}
