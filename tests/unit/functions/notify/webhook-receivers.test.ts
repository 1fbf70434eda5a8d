import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { makeCertificate } from '../../../set-ups/certificates.ts';
import {
  type Receiver,
  receiverName,
  startReceiver,
  startSilentReceiver,
} from '../../../set-ups/receiver.ts';
import { hostsOf, send } from '../../../set-ups/webhooks.ts';

let receiver: Receiver | undefined;
afterEach(() => receiver?.stop());

const limits = { timeoutMs: 400, maxAnswerBytes: 64 * 1024 };
/** Sends to it, as to a host that the stage allows: it is on this machine. */
async function sendTo(started: Receiver, timeoutMs = 5_000) {
  receiver = started;
  const { network, port } = started;
  const allowedHosts = hostsOf(`${receiverName}:${port}, 127.0.0.1:${port}`);
  const attempt = await send(started.url, { network, allowedHosts, limits: { ...limits, timeoutMs } });
  await waitForNoConnection(started);
  return attempt;
}

async function waitForNoConnection({ connections }: Receiver): Promise<void> {
  for (let tries = 0; connections() > 0 && tries < 200; tries += 1) await setTimeout(10);
  expect(connections()).toBe(0);
}

const answering = (status: number, headers: Record<string, string> = {}, body = 'a secret of the receiver') =>
  startReceiver((_request, response) => response.writeHead(status, headers).end(body));

describe('a receiver', () => {
  test.each([200, 201, 202, 204, 299])('that answers %d has been told', async (status) => {
    const started = await answering(status, {}, status === 204 ? '' : 'ok');
    expect(await sendTo(started)).toEqual({ kind: 'delivered' });
    expect(started.received).toMatchObject([
      { path: '/hook?a=b', headers: { host: `${receiverName}:${started.port}` } },
    ]);
  });

  test('by plain http, which the stage allows, is told too', async () => {
    const started = await startReceiver((_request, response) => response.end(), { isPlain: true });
    expect(await sendTo(started)).toEqual({ kind: 'delivered' });
  });

  test('is found at another address of its name, if nobody listens at the first', async () => {
    const started = await answering(200);
    const lookup = async () => ['127.0.0.2', '127.0.0.1'];
    expect(await sendTo({ ...started, network: { ...started.network, lookup } })).toEqual({
      kind: 'delivered',
    });
  });

  test.each([400, 401, 404, 409, 422, 500, 502, 504])('that answers %d has failed', async (status) => {
    expect(await sendTo(await answering(status))).toEqual({ kind: 'failed', why: `HTTP ${status}` });
  });

  test.each([301, 302, 303, 307, 308])('that redirects with %d is not followed', async (status) => {
    const other = await answering(200);
    const started = await answering(status, { location: other.url });
    expect(await sendTo(started)).toEqual({
      kind: 'failed',
      why: `HTTP ${status}: redirects are not followed`,
    });
    expect(other.received).toEqual([]);
    await other.stop();
  });

  test('that answers 410 wants no more', async () => {
    expect(await sendTo(await answering(410))).toMatchObject({ kind: 'refused' });
  });

  test.each([
    [429, '120', 120],
    [503, '0', 0],
    [429, new Date(t0 + 90_322).toUTCString(), 90],
    [503, new Date(t0 - 90_000).toUTCString(), 0],
    [429, 'soon', undefined],
    [500, '120', undefined],
  ])('that answers %d with Retry-After: %s asks for a wait', async (status, retryAfter, seconds) => {
    const attempt = await sendTo(await answering(status, { 'retry-after': retryAfter }));
    expect(attempt).toEqual({
      kind: 'failed',
      why: `HTTP ${status}`,
      retryAfterSeconds: seconds === undefined ? undefined : expect.closeTo(seconds, 0),
    });
  });

  test('with a large answer is not listened to any longer than 64 KB', async () => {
    let sent = 0;
    const started = await startReceiver((_request, response) => {
      const more = () => {
        sent += 16_384;
        if (!response.destroyed) response.write(Buffer.alloc(16_384), () => setImmediate(more));
      };
      more();
    });
    expect(await sendTo(started)).toEqual({ kind: 'delivered' });
    expect(sent).toBeGreaterThanOrEqual(64 * 1024);
  });
});

describe('a receiver that does not answer', () => {
  const tooLate = { kind: 'failed', why: 'no whole answer within 0.4 s' };

  test('at all', async () => {
    expect(await sendTo(await startReceiver(() => {}), limits.timeoutMs)).toEqual(tooLate);
  });

  test('the TLS handshake', async () => {
    expect(await sendTo(await startSilentReceiver(), limits.timeoutMs)).toEqual(tooLate);
  });

  test('to its end, but drips', async () => {
    const started = await startReceiver((_request, response) => {
      const drip = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(drip));
    });
    expect(await sendTo(started, limits.timeoutMs)).toEqual(tooLate);
  });

  test('with more than a part of its headers', async () => {
    const started = await startReceiver((request) => request.socket.write('HTTP/1.1 200 OK\r\nx: '));
    expect(await sendTo(started, limits.timeoutMs)).toEqual(tooLate);
  });

  test('because its name cannot be looked up in time', async () => {
    const started = await answering(200);
    const lookup = () => new Promise<never>(() => {});
    const hanging = { ...started, network: { ...started.network, lookup } };
    expect(await sendTo(hanging, limits.timeoutMs)).toEqual(tooLate);
    expect(started.received).toEqual([]);
  });
});

describe('a receiver that breaks off', () => {
  test.each<[string, () => Promise<Receiver>]>([
    ['the connection', () => startSilentReceiver((socket) => socket.destroy())],
    ['the request', () => startReceiver((request) => request.socket.destroy())],
    [
      'its answer',
      () =>
        startReceiver((request, response) => {
          response.writeHead(200, { 'content-length': '100' }).write('x');
          setImmediate(() => request.socket.destroy());
        }),
    ],
  ])('%s has failed', async (_what, start) => {
    expect(await sendTo(await start())).toEqual({ kind: 'failed', why: 'the connection broke off' });
  });

  test('since nobody listens has failed', async () => {
    const started = await answering(200);
    await started.stop();
    expect(await sendTo(started)).toEqual({ kind: 'failed', why: 'the connection was refused' });
  });
});

describe('a receiver whose certificate', () => {
  const ok = (settings: object) => startReceiver((_request, response) => response.end(), settings);

  test.each([
    ['nobody trusts', { isTrusted: false }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [
      'is for another name',
      { certificate: makeCertificate('other.example.com') },
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    ['has expired', { certificate: makeCertificate(receiverName, { isExpired: true }) }, 'CERT_HAS_EXPIRED'],
  ])('%s is told nothing', async (_what, settings, code) => {
    const started = await ok(settings);
    expect(await sendTo(started)).toEqual({ kind: 'failed', why: `the request failed: ${code}` });
    expect(started.received).toEqual([]);
  });

  test('is not looked at, since it speaks no TLS, is told nothing', async () => {
    const started = await ok({ isPlain: true });
    const attempt = await sendTo({
      ...started,
      url: started.url.replace('http://127.0.0.1', `https://${receiverName}`),
    });
    expect(attempt).toMatchObject({
      kind: 'failed',
      why: expect.stringMatching(/^the request failed: E\w+$/),
    });
    expect(started.received).toEqual([]);
  });
});
