import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { isRunning, untilGone } from './processes.ts';

const doomed = fileURLToPath(new URL('./doomed-server.ts', import.meta.url));

/** The processes of the job, and where its folder is, once it has started. */
async function startedBy(stdout: AsyncIterable<Buffer>) {
  let text = '';
  for await (const chunk of stdout) {
    text += chunk;
    const [, pids, folder] = /pids (.*) in (.*) end/.exec(text) ?? [];
    if (pids !== undefined && folder !== undefined) return { pids: pids.split(' ').map(Number), folder };
  }
  throw new Error(`the server has ended: ${text}`);
}

test('a job that blocks its process ends with a server that is killed, with its folder and what it has started', async () => {
  const server = spawn(process.execPath, [doomed], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { pids, folder } = await startedBy(server.stdout);
  expect(await Promise.all(pids.map(isRunning))).toEqual([true, true]);
  expect(readdirSync(folder)).toHaveLength(1);
  server.kill('SIGKILL');
  await once(server, 'exit');
  await untilGone(pids);
  expect(readdirSync(folder)).toEqual([]);
});
