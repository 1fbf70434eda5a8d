import { Duplex } from 'node:stream';
import { afterEach, describe, expect, test } from '@jest/globals';
import { AnswerTimeoutError, postRequest } from '../../../../functions/notify/post-request.ts';
import { systemClock } from '../../../../shared/aws/clients.ts';
import { type Receiver, receiverName, startReceiver } from '../../../fakes/receiver.ts';
import { hostsOf, send } from '../../../fakes/webhooks.ts';

let receiver: Receiver | undefined;
afterEach(() => receiver?.stop());

/** What keeps this process alive. */
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

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
  test('keeps the process alive until its time is over, and no longer', async () => {
    const silent = {
      lookup: async () => ['192.0.2.1'],
      connect: () => new Duplex({ read() {}, write() {} }),
    };
    const post = { url: new URL('https://hooks.example.com'), mayBeInner: true, headers: {}, body: '{}' };
    const before = timers();
    const posting = postRequest(
      post,
      { timeoutMs: 100, maxAnswerBytes: 1 },
      { network: silent, clock: systemClock },
    );
    expect(timers()).toBe(before + 1);
    await expect(posting).rejects.toThrow(AnswerTimeoutError);
    expect(timers()).toBe(before);
  });
});
