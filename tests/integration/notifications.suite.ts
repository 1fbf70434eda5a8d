import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import * as z from 'zod/mini';
import { sqsNotificationQueue } from '../../shared/aws/queues/notification-queue.ts';
import { dynamoDbEndpoints } from '../../shared/aws/records/endpoint-store.ts';
import { webhookEntryId } from '../../shared/domain/access/access-entry.ts';
import { endpointTryVersion } from '../../shared/domain/base/version.ts';
import type { NotifyTarget } from '../../shared/domain/notify/notification.ts';
import { aNotification } from '../set-ups/notify.ts';
import { type Receiver, startReceiver } from '../set-ups/receiver.ts';
import { eventually } from './eventually.ts';
import type { System } from './system.ts';

let system: System;

let receiver: Receiver | undefined;
/** `npm run test:long` has more: a hundredth of the million of the simulation. */
const notices = Number(process.env.NOTICES ?? 100);
const maxMs = 180_000 + notices * 60;
const atATime = 50;
/** Of every caller of a stage without access control. */
const tenant = 'public';

export function describeNotifications(running: () => System): void {
  beforeAll(() => {
    system = running();
    system.start('long', 'notify', 'notify-slow');
  });

  afterEach(() => receiver?.stop());

  /** Runs a job that tells these targets of its end. @returns the job's id */
  async function submitWith(...notify: NotifyTarget[]): Promise<string> {
    const { id } = await system.request({ type: 'counting', payload: { seconds: 0 }, notify });
    return id;
  }

  /** How it is with the job's notifications, as soon as none is pending. */
  const settled = (id: string) =>
    eventually(async () => {
      const { notification = [] } = await system.get(id);
      const isSettled = notification.length > 0 && notification.every(({ status }) => status !== 'pending');
      return isSettled ? notification : undefined;
    }, `the notifications of job ${id} to be settled`);

  const endpointOfReceiver = ({ url }: Receiver) => ({ tenant, origin: new URL(url).origin });
  const breakerOf = (one: Receiver) =>
    dynamoDbEndpoints(system.aws.dynamoDb, system.aws.env).read(endpointOfReceiver(one));

  /** Nobody waits for the next try of an endpoint, unless one is being made. */
  async function tryNow(one: Receiver): Promise<void> {
    const breaker = await breakerOf(one);
    if (breaker?.state !== 'open' || breaker.holder !== undefined) return;
    const { pass } = breaker;
    const message = { version: endpointTryVersion, tryEndpoint: endpointOfReceiver(one), pass, dueAt: 0 };
    await system.send(JSON.stringify(message), 'notify-slow');
  }

  const send = (of: string, to: string): Promise<void> =>
    sqsNotificationQueue(system.aws.sqs, system.aws.env).send(
      aNotification({ tenant: of, jobId: randomUUID(), target: { url: to } }),
    );

  /** How long a notice of another tenant takes. */
  async function secondsOf({ url, received }: Receiver): Promise<number> {
    const [before, startedAt] = [received.length, Date.now()];
    await send('another tenant', url);
    await eventually(
      async () => received.length > before || undefined,
      'the notice of another tenant',
      maxMs,
    );
    return (Date.now() - startedAt) / 1000;
  }

  async function answering(...statuses: readonly number[]): Promise<Receiver> {
    let count = 0;
    receiver = await startReceiver(
      (_request, response) => {
        response.writeHead(statuses[Math.min(count, statuses.length - 1)] ?? 200).end();
        count += 1;
      },
      { isPlain: true },
    );
    return receiver;
  }

  test('a webhook is delivered at its second attempt, and verified with each of the secrets that the API shows', async () => {
    const rotation = {
      kind: 'webhook',
      tenant,
      version: 2,
      before: 1,
      previousUntil: Date.now() + 600_000,
    } as const;
    await system.aws.putAccess({ id: webhookEntryId(tenant), ...rotation });
    const { url, received } = await answering(500, 200);
    const id = await submitWith({ url });
    expect(await settled(id)).toEqual([{ target: { url }, status: 'delivered', attempts: 2 }]);
    const { status, headers, body } = await system.call(
      'GET',
      `/webhook-secret?url=${encodeURIComponent(url)}`,
    );
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    const secret = z.object({ secret: z.string() });
    const shown = z.extend(secret, { previous: secret }).parse(JSON.parse(body));
    // Another receiver of the tenant verifies nothing that was sent to this one: so it could not forge it either.
    const address = encodeURIComponent(url.replace('/hook?', '/other?'));
    const other = secret.parse(JSON.parse((await system.call('GET', `/webhook-secret?url=${address}`)).body));
    expect(received).toHaveLength(2);
    for (const webhook of received) {
      const texts = Object.entries(webhook.headers).map(([name, value]) => [name, String(value)]);
      for (const each of [shown, shown.previous])
        expect(new Webhook(each.secret).verify(webhook.body, Object.fromEntries(texts))).toMatchObject({
          type: 'job.succeeded',
          data: { id, type: 'counting', run: 1, status: 'succeeded' },
        });
      expect(() => new Webhook(other.secret).verify(webhook.body, Object.fromEntries(texts))).toThrow(
        'No matching signature found',
      );
      expect(webhook.headers['webhook-id']).toBe(`${id}_1_succeeded`);
    }
  });

  test('what one target answers does not matter to the others', async () => {
    const { url } = await answering(410);
    const id = await submitWith({ url }, { event: true });
    expect(await settled(id)).toEqual([
      { target: { url }, status: 'failed', attempts: 1, lastError: 'HTTP 410: the receiver wants no more' },
      { target: { event: true }, status: 'failed', attempts: 1, lastError: 'this stage has no event bus' },
    ]);
    const letters = await system.receive('notify-dead-letter');
    expect(letters).toEqual([{ body: expect.stringContaining(id), reason: 'this stage has no event bus' }]);
  });

  test('a message that is no notification is quarantined with a reason', async () => {
    await system.send('{"not": "a notification"}', 'notify');
    const quarantined = await eventually(async () => {
      const messages = await system.receive('quarantine');
      return messages.length > 0 ? messages : undefined;
    }, 'the message in quarantine');
    expect(quarantined).toEqual([
      { body: '{"not": "a notification"}', reason: expect.stringContaining('jobId') },
    ]);
    await system.drained('notify');
  });

  test('60 slow receivers of a tenant, on a stage with four places, hold up no notice of another one, and get theirs once', async () => {
    const held: ServerResponse[] = [];
    let isHeld = true;
    const slow = await Promise.all(
      Array.from({ length: 60 }, () =>
        startReceiver(
          (_request, response) => {
            if (isHeld) held.push(response);
            else response.writeHead(204).end();
          },
          { isPlain: true },
        ),
      ),
    );
    const one = await answering(204);
    const secondsOfOther = async () => {
      let seconds = 0;
      for (let sent = 0; sent < 3; sent += 1) seconds += await secondsOf(one);
      return seconds;
    };
    try {
      await secondsOfOther();
      const alone = await secondsOfOther();
      await Promise.all(slow.map((each) => send(tenant, each.url)));
      await system.drained('notify');
      await eventually(async () => held.length > 1 || undefined, 'both places of slow receivers to be taken');
      // Meanwhile none of them answers.
      expect(await secondsOfOther()).toBeLessThan(5 * alone);
      isHeld = false;
      for (const response of held) response.writeHead(204).end();
      await system.drained('notify-slow');
      expect(slow.map((each) => each.received.length)).toEqual(slow.map(() => 1));
    } finally {
      await Promise.all(slow.map((each) => each.stop()));
    }
  });

  // This one and the next are the last: messages that tried the endpoints are in the queue for minutes.
  test('a dead receiver and one that hangs hold up no other, and what waits for them comes when they answer', async () => {
    let isUp = false;
    const kept: ServerResponse[] = [];
    const plain = { isPlain: true };
    const dead = await startReceiver((_request, response) => {
      response.writeHead(isUp ? 204 : 503).end();
    }, plain);
    const hanging = await startReceiver((_request, response) => {
      if (isUp) response.writeHead(204).end();
      else kept.push(response);
    }, plain);
    const { url } = await answering(204);
    const submitAll = (count: number, to: string) =>
      Promise.all(Array.from({ length: count }, () => submitWith({ url: to })));
    const secondsToNotify = async () => {
      const startedAt = Date.now();
      for (const id of await submitAll(10, url))
        expect(await settled(id)).toMatchObject([{ status: 'delivered' }]);
      return (Date.now() - startedAt) / 1000;
    };
    try {
      const alone = await secondsToNotify();
      const waiting = await Promise.all([submitAll(15, dead.url), submitAll(15, hanging.url)]);
      // Of the one that hangs, five attempts take 15 s first.
      for (const each of [dead, hanging])
        await eventually(
          async () => ((await breakerOf(each))?.state === 'open' ? true : undefined),
          'an open breaker',
        );
      const asked = hanging.received.length;
      expect(await secondsToNotify()).toBeLessThan(3 + 5 * alone);
      // A try has three attempts.
      expect(hanging.received.length - asked).toBeLessThanOrEqual(2 * 3);
      isUp = true;
      for (const response of kept) response.writeHead(204).end();
      for (const each of [dead, hanging])
        await eventually(async () => {
          await tryNow(each);
          return (await breakerOf(each))?.state === 'closed' ? true : undefined;
        }, 'a closed breaker');
      for (const id of waiting.flat()) expect(await settled(id)).toMatchObject([{ status: 'delivered' }]);
    } finally {
      await Promise.all([dead.stop(), hanging.stop()]);
    }
  });

  test(
    `of ${notices} notices to a dead receiver few are sent, one of another tenant is not late, and all come when it answers`,
    async () => {
      let isUp = false;
      const taken = new Set<string>();
      const dead = await startReceiver(
        (request, response) => {
          if (isUp) taken.add(String(request.headers['webhook-id']));
          response.writeHead(isUp ? 204 : 503).end();
        },
        { isPlain: true },
      );
      const one = await answering(204);
      const parked = async () =>
        (
          await dynamoDbEndpoints(system.aws.dynamoDb, system.aws.env).front(
            endpointOfReceiver(dead),
            notices,
          )
        ).length;
      try {
        const alone = await secondsOf(one);
        for (let sent = 0; sent < notices; sent += atATime)
          await Promise.all(
            Array.from({ length: Math.min(atATime, notices - sent) }, () => send(tenant, dead.url)),
          );
        const sentAt = Date.now();
        const behind = await secondsOf(one);
        await eventually(async () => (await parked()) === notices || undefined, 'all to be parked', maxMs);
        const allParked = (Date.now() - sentAt) / 1000;
        const attempts = dead.received.length;
        isUp = true;
        await eventually(
          async () => {
            await tryNow(dead);
            return (await breakerOf(dead))?.state === 'closed' ? true : undefined;
          },
          'a closed breaker',
          maxMs,
        );
        if (process.env.NOTICES)
          console.log(JSON.stringify({ notices, alone, behind, allParked, attempts, taken: taken.size }));
        expect(attempts).toBeLessThan(100);
        expect(behind).toBeLessThan(5 * alone + allParked / 2);
        expect(taken.size).toBe(notices);
      } finally {
        await dead.stop();
      }
    },
    2 * maxMs,
  );
}
