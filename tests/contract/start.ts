import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * Runs before the first contract test: starts what all of them share, in a process of its own. So no test loads the
 * emulators. The test processes inherit the environment.
 */
export default async function start(_: unknown, { rootDir }: { readonly rootDir: string }): Promise<void> {
  const server = spawn(process.execPath, [join(rootDir, 'tests/contract/serve.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await Promise.race([
    once(createInterface(server.stdout), 'line'),
    once(server, 'exit').then(() => Promise.reject(new Error('the emulators did not start'))),
  ]);
  process.env.CONTRACT_TEST_SERVICES = line;
  Object.assign(globalThis, {
    async stopContractTestServices() {
      const ended = once(server, 'exit');
      server.stdin.end();
      await ended;
    },
  });
}
