import { afterEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { signWebhook } from '../../../../functions/notify/send-webhook.ts';
import { systemClock } from '../../../../shared/aws/clients.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aNotification } from '../../../set-ups/notify.ts';
import { type Receiver, startReceiver } from '../../../set-ups/receiver.ts';
import { jobId } from '../../../set-ups/samples.ts';
import { anotherSecret, aSecret, hostsOf, send } from '../../../set-ups/webhooks.ts';

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
        type: 'countdown',
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
