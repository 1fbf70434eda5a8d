import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromiumPath } from '../../scripts/chromium.ts';

/**
 * Runs before the first browser test: starts the systems in a process of their own, since Jest loads this module in a
 * way in which the emulators cannot be imported. The test processes inherit the environment.
 */
export default async function start(_: unknown, { rootDir }: { readonly rootDir: string }): Promise<void> {
  if (chromiumPath() === undefined) {
    console.warn(
      '\nThere is no Chromium: the browser tests are skipped. Install it, or set CHROMIUM to its path.',
    );
    return;
  }
  const server = spawn(process.execPath, [join(rootDir, 'tests/browser/serve.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  process.env.BROWSER_TEST_SYSTEMS = await firstLine(server);
  Object.assign(globalThis, {
    async stopBrowserTestSystems() {
      const ended = once(server, 'exit');
      server.stdin.end();
      await ended;
    },
  });
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout) for await (const line of createInterface(stdout)) return line;
  throw new Error('the systems for the browser tests did not start');
}
