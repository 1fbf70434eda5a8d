import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { freePort } from '../../local/machine/free-port.ts';
import { systemClock } from '../../shared/aws/clients/clients.ts';
import { systemNetwork } from '../../shared/notify/network.ts';
import { projectDir } from '../project-copy.ts';
import { jobId } from '../set-ups/samples.ts';
import { anotherSecret, aSecret, send } from '../set-ups/webhooks.ts';
import { eventually } from './eventually.ts';

const [, receiver = ''] =
  /```js\n([^`]*)```/.exec(readFileSync(join(projectDir, 'docs/notifications.md'), 'utf8')) ?? [];

let port: number;
let lines: string[];
let stop: () => Promise<void>;
beforeEach(async () => {
  port = await freePort();
  lines = [];
  const child = spawn(process.execPath, ['--input-type=module', '--eval', receiver], {
    cwd: projectDir,
    env: { PATH: process.env.PATH, PORT: String(port), WEBHOOK_SECRET: aSecret },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  const ended = once(child, 'exit');
  stop = async () => {
    child.kill();
    await ended;
  };
});
afterEach(() => stop());

/** Sends a webhook to it as soon as it listens. */
const sendTo = (secret: string) =>
  eventually(async () => {
    const attempt = await send(`http://127.0.0.1:${port}/`, {
      network: systemNetwork(),
      allowedHosts: ['127.0.0.1'],
      secretsOf: async () => [secret],
      clock: systemClock,
    });
    const isStarting = attempt.kind === 'failed' && attempt.why === 'the connection was refused';
    return isStarting ? undefined : attempt;
  }, 'the receiver to listen');

test('the receiver of the docs has ten lines besides its imports, and takes a webhook of its tenant', async () => {
  const code = receiver.split('\n').filter((line) => line !== '' && !line.startsWith('import'));
  expect(code.length).toBe(10);
  expect(await sendTo(aSecret)).toEqual({ kind: 'delivered' });
  expect(lines).toEqual([`${jobId}_1_failed job.failed ${jobId}`]);
});

test('the receiver of the docs refuses a webhook of another tenant', async () => {
  expect(await sendTo(anotherSecret)).toEqual({ kind: 'failed', why: 'HTTP 400', isRejected: true });
  expect(lines).toEqual([]);
});
