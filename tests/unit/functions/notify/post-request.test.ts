import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Receiver, receiverName, startReceiver } from '../../../set-ups/receiver.ts';
import { hostsOf, send } from '../../../set-ups/webhooks.ts';

let receiver: Receiver | undefined;
afterEach(() => receiver?.stop());

describe('a request', () => {
  test('whose connection is closed by an upgrade that nobody asked for has failed at once', async () => {
    const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n';
    receiver = await startReceiver((_request, response) => void response.socket?.write(upgrade));
    const { network, port, url } = receiver;
    const limits = { timeoutMs: 4_000, maxAnswerBytes: 64 * 1024 };
    expect(await send(url, { network, allowedHosts: hostsOf(`${receiverName}:${port}`), limits })).toEqual({
      kind: 'failed',
      why: 'the connection was closed without an answer',
    });
  });

  // Lambda takes a process that has nothing to wait for as one that has succeeded.
  test('keeps the process alive until its time is over', async () => {
    expect(await postAlone('silent', 100)).toBe('AnswerTimeoutError\n');
  });

  test('keeps the process alive no longer than until it is answered', async () => {
    expect(await postAlone('answered', 600_000)).toBe('204\n');
  });
});

/** @returns what the process has printed @throws if it does not end */
async function postAlone(how: 'silent' | 'answered', timeoutMs: number): Promise<string> {
  const script = join(import.meta.dirname, 'post-alone.ts');
  const args = ['--disable-warning=ExperimentalWarning', script, how, String(timeoutMs)];
  return (await promisify(execFile)(process.execPath, args, { timeout: 60_000 })).stdout;
}
