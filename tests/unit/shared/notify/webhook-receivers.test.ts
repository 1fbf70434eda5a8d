import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { systemClock } from '../../../../shared/aws/clients/clients.ts';
import { signWebhook } from '../../../../shared/notify/send-webhook.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { makeCertificate } from '../../../set-ups/certificates.ts';
import { aNotification } from '../../../set-ups/notify.ts';
import {
  type Receiver,
  receiverName,
  startReceiver,
  startSilentReceiver,
} from '../../../set-ups/receiver.ts';
import { jobId } from '../../../set-ups/samples.ts';
import { anotherSecret, aSecret, hostsOf, send } from '../../../set-ups/webhooks.ts';

const limits = { timeoutMs: 400, maxAnswerBytes: 64 * 1024 };

async function waitForNoConnection({ connections }: Receiver): Promise<void> {
  for (let tries = 0; connections() > 0 && tries < 200; tries += 1) await setTimeout(10);
  expect(connections()).toBe(0);
}

const answering = (status: number, headers: Record<string, string> = {}, body = 'a secret of the receiver') =>
  startReceiver((_request, response) => response.writeHead(status, headers).end(body));

describe('webhook receivers', () => {
  let receiver: Receiver | undefined;
  afterEach(() => receiver?.stop());
  /** Sends to it, as to a host that the stage allows: it is on this machine. */
  async function sendTo(started: Receiver, timeoutMs = 5_000) {
    receiver = started;
    const { network, port } = started;
    const allowedHosts = hostsOf(`${receiverName}:${port}, 127.0.0.1:${port}`);
    const attempt = await send(started.url, { network, allowedHosts, limits: { ...limits, timeoutMs } });
    await waitForNoConnection(started);
    return attempt;
  }

  describe('a receiver', () => {
    test.each([200, 201, 202, 204, 299])('that answers %d has been notified', async (status) => {
      const started = await answering(status, {}, status === 204 ? '' : 'ok');
      expect(await sendTo(started)).toEqual({ kind: 'delivered' });
      expect(started.received).toMatchObject([
        { path: '/hook?a=b', headers: { host: `${receiverName}:${started.port}` } },
      ]);
    });

    test('by plain http, which the stage allows, is notified too', async () => {
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
      expect(await sendTo(await answering(status))).toEqual({
        kind: 'failed',
        why: `HTTP ${status}`,
        ...(status >= 500 ? { isDown: true } : { isRejected: true }),
      });
    });

    test.each([301, 302, 303, 307, 308])('that redirects with %d is not followed', async (status) => {
      const other = await answering(200);
      const started = await answering(status, { location: other.url });
      expect(await sendTo(started)).toEqual({
        kind: 'failed',
        why: `HTTP ${status}: redirects are not followed`,
        isRejected: true,
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
        isDown: true,
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
    const tooLate = { kind: 'failed', isDown: true, why: 'no whole answer within 0.4 s' };

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
      expect(await sendTo(await start())).toEqual({
        kind: 'failed',
        isDown: true,
        why: 'the connection broke off',
      });
    });

    test('since nobody listens has failed', async () => {
      const started = await answering(200);
      await started.stop();
      expect(await sendTo(started)).toEqual({
        kind: 'failed',
        isDown: true,
        why: 'the connection was refused',
      });
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
      [
        'has expired',
        { certificate: makeCertificate(receiverName, { isExpired: true }) },
        'CERT_HAS_EXPIRED',
      ],
    ])('%s is notified nothing', async (_what, settings, code) => {
      const started = await ok(settings);
      expect(await sendTo(started)).toEqual({
        kind: 'failed',
        isDown: true,
        why: `the request failed: ${code}`,
      });
      expect(started.received).toEqual([]);
    });

    test('is not looked at, since it speaks no TLS, is notified nothing', async () => {
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
});

describe('webhook signature', () => {
  let receiver: Receiver;
  afterEach(() => receiver?.stop());

  /** Sends a webhook that is signed with these secrets. @returns what the receiver got */
  async function received(secrets: readonly string[], now = Date.now()) {
    receiver = await startReceiver((_request, response) => response.end(), { isPlain: true });
    const { url, network, port } = receiver;
    const allowedHosts = hostsOf(`127.0.0.1:${port}`);
    const deps = {
      network,
      allowedHosts,
      secretsOf: async () => secrets,
      clock: { ...systemClock, now: () => now },
    };
    expect(await send(url, deps)).toEqual({ kind: 'delivered' });
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
    const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
    return { headers: Object.fromEntries(texts) as Record<string, string>, body };
  }

  describe('a webhook', () => {
    test('says what has ended, and how, without the result', async () => {
      const { headers, body } = await received([aSecret]);
      expect(JSON.parse(body)).toEqual({
        type: 'job.failed',
        timestamp: '2026-01-02T03:04:05.178Z',
        data: {
          id: jobId,
          type: 'counting',
          run: 1,
          status: 'failed',
          createdAt: '2026-01-02T03:04:04.678Z',
          finishedAt: '2026-01-02T03:04:05.178Z',
          error: { name: 'Error', message: 'no' },
        },
      });
      expect(headers).toMatchObject({
        'content-type': 'application/json',
        'user-agent': 'serverless-job-worker',
        'webhook-id': `${jobId}_1_failed`,
      });
    });

    test('is verified by the library of its receiver', async () => {
      const { headers, body } = await received([aSecret]);
      expect(new Webhook(aSecret).verify(body, headers)).toEqual(JSON.parse(body));
    });

    test('is not verified with the secret of another tenant, nor if a byte of it is another one', async () => {
      const { headers, body } = await received([aSecret]);
      expect(() => new Webhook(anotherSecret).verify(body, headers)).toThrow('No matching signature found');
      const other = { ...headers, 'webhook-id': `${jobId}_2_failed` };
      expect(() => new Webhook(aSecret).verify(body, other)).toThrow('No matching signature found');
      expect(() => new Webhook(aSecret).verify(`${body} `, headers)).toThrow('No matching signature found');
    });

    test('of long ago is refused, even if somebody sends it again', async () => {
      const { headers, body } = await received([aSecret], t0);
      expect(() => new Webhook(aSecret).verify(body, headers)).toThrow('Message timestamp too old');
    });

    test('has the signatures of both secrets after a rotation, so that receivers with either verify it', async () => {
      const { headers, body } = await received([aSecret, anotherSecret]);
      expect(headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
      for (const secret of [aSecret, anotherSecret])
        expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    });
  });

  test('all attempts have one id, and each has its own time', () => {
    const ids = [0, 1, 16].map((attempts) => {
      const signed = signWebhook(aNotification({ attempts }), {
        secrets: [aSecret],
        now: t0 + attempts * 1000,
      });
      return [signed.headers['webhook-id'], Number(signed.headers['webhook-timestamp'])];
    });
    const id = `${jobId}_1_failed`;
    const second = Math.floor(t0 / 1000);
    expect(ids).toEqual([
      [id, second],
      [id, second + 1],
      [id, second + 16],
    ]);
  });

  test('of a job with a trace has the header of the trace, and others have none', () => {
    const signing = { secrets: [aSecret], now: t0 };
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    expect(signWebhook(aNotification({ traceparent }), signing).headers).toMatchObject({ traceparent });
    expect(Object.keys(signWebhook(aNotification(), signing).headers)).not.toContain('traceparent');
  });

  test.each([
    [{ run: 2 }, `${jobId}_2_failed`, 'job.failed'],
    [{ status: 'succeeded', error: undefined }, `${jobId}_1_succeeded`, 'job.succeeded'],
    [{ status: 'canceled', tags: ['a'] }, `${jobId}_1_canceled`, 'job.canceled'],
  ] as const)('another end has another id: %j', (over, id, type) => {
    const message = aNotification({ ...over, tags: ['a'] });
    const { headers, body } = signWebhook(message, { secrets: [aSecret], now: t0 });
    expect(headers['webhook-id']).toBe(id);
    expect(JSON.parse(body)).toMatchObject({ type, data: { tags: ['a'] } });
  });
});

/** @returns what the process has printed @throws if it does not end */
async function postAlone(how: 'silent' | 'answered', timeoutMs: number): Promise<string> {
  const script = join(import.meta.dirname, 'post-alone.ts');
  const args = ['--disable-warning=ExperimentalWarning', script, how, String(timeoutMs)];
  return (await promisify(execFile)(process.execPath, args, { timeout: 60_000 })).stdout;
}

describe('a request', () => {
  let receiver: Receiver | undefined;
  afterEach(() => receiver?.stop());

  test('whose connection is closed by an upgrade that nobody asked for has failed at once', async () => {
    const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n';
    receiver = await startReceiver((_request, response) => void response.socket?.write(upgrade));
    const { network, port, url } = receiver;
    const limits = { timeoutMs: 4_000, maxAnswerBytes: 64 * 1024 };
    expect(await send(url, { network, allowedHosts: hostsOf(`${receiverName}:${port}`), limits })).toEqual({
      kind: 'failed',
      isDown: true,
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
