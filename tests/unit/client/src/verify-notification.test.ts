import { describe, expect, test } from '@jest/globals';
import { NotificationError } from '../../../../client/src/errors.ts';
import { verifyNotification } from '../../../../client/src/verify-notification.ts';
import { signWebhook } from '../../../../shared/notify/send-webhook.ts';
import { aNotification } from '../../../set-ups/notify.ts';

import { anotherSecret as other, aSecret as secret } from '../../../set-ups/webhooks.ts';

const message = aNotification();

/** A webhook as the stage sends it. */
const webhook = (secrets = [secret], now = Date.now()) => signWebhook(message, { secrets, now });
const verdict = (...given: Parameters<typeof verifyNotification>) =>
  verifyNotification(...given).catch((error: unknown) => error);

describe('a webhook of the stage', () => {
  test('says which job has ended', async () => {
    const { headers, body } = webhook();
    expect(await verifyNotification(headers, body, secret)).toEqual({
      ...JSON.parse(body),
      id: headers['webhook-id'],
    });
  });

  test('is verified with headers of every kind, and with bytes', async () => {
    const { headers, body } = webhook();
    const capital = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
    );
    for (const each of [new Headers(headers), capital, { ...headers, cookie: undefined, via: ['a', 'b'] }])
      expect(await verifyNotification(each, Buffer.from(body), secret)).toHaveProperty('data');
  });

  test('is verified while a secret is replaced: with both signatures, or with both secrets', async () => {
    const both = webhook([other, secret]);
    expect(await verifyNotification(both.headers, both.body, secret)).toHaveProperty('data');
    const old = webhook([secret]);
    expect(await verifyNotification(old.headers, old.body, [other, secret])).toHaveProperty('data');
  });
});

describe('a webhook is refused', () => {
  test.each([
    ['with another secret', webhook(), other],
    ['that is six minutes old', webhook([secret], Date.now() - 360_000), secret],
    ['that comes from the future', webhook([secret], Date.now() + 360_000), secret],
    ['if the secret is none', webhook(), 'whsec_'],
    ['if the secret is no base64', webhook(), 'whsec_%%'],
  ])('%s', async (_case, { headers, body }, known) => {
    expect(await verdict(headers, body, known)).toBeInstanceOf(NotificationError);
  });

  test('with another body, time or id than was signed', async () => {
    const { headers, body } = webhook();
    const changed = [
      [headers, `${body} `],
      [{ ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) }, body],
      [{ ...headers, 'webhook-id': `${headers['webhook-id']}x` }, body],
    ] as const;
    for (const [each, text] of changed)
      expect(await verdict(each, text, secret)).toBeInstanceOf(NotificationError);
  });

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('without %s', async (name) => {
    const { headers, body } = webhook();
    expect(await verdict({ ...headers, [name]: undefined }, body, secret)).toBeInstanceOf(NotificationError);
  });

  test('with a signature of another version', async () => {
    const { headers, body } = webhook();
    const other = { ...headers, 'webhook-signature': headers['webhook-signature'].replace('v1,', 'v2,') };
    expect(await verdict(other, body, secret)).toBeInstanceOf(NotificationError);
  });

  test.each(['', 'v1,', 'v1,AAAA', 'v2,AAAA', 'nonsense'])('with the signature %j', async (signature) => {
    const { headers, body } = webhook();
    const forged = { ...headers, 'webhook-signature': signature };
    expect(await verdict(forged, body, secret)).toBeInstanceOf(NotificationError);
  });
});
