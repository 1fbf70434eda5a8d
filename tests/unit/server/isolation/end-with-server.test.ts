import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { isRunning, untilGone } from './processes.ts';

const doomed = fileURLToPath(new URL('./doomed-server.ts', import.meta.url));

/** The processes of the job, once it has started. */
async function pidsFrom(stdout: AsyncIterable<Buffer>): Promise<readonly number[]> {
  let text = '';
  for await (const chunk of stdout) {
    text += chunk;
    const [, pids] = /pids (.*) end/.exec(text) ?? [];
    if (pids !== undefined) return pids.split(' ').map(Number);
  }
  throw new Error(`the server has ended: ${text}`);
}

test('a job that blocks its process ends with a server that is killed, and so does what it has started', async () => {
  const server = spawn(process.execPath, [doomed], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pids = await pidsFrom(server.stdout);
  expect(await Promise.all(pids.map(isRunning))).toEqual([true, true]);
  server.kill('SIGKILL');
  await once(server, 'exit');
  await untilGone(pids);
});
