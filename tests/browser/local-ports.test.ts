import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../../scripts/chromium.ts';
import { writeMessage } from '../../shared/domain/state/job/message.ts';
import { sqsEvent } from '../integration/events.ts';
import { type Listening, portsBeside } from '../listening-sockets.ts';
import { aMessage } from '../set-ups/samples.ts';
import { tables } from '../system/local-tables.ts';
import { Client } from './client.ts';
import { describeInBrowser, systems } from './tabs.ts';

interface Attack {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Two sites of somebody else. Their names lead to this machine, the second one's to each of its ports. */
const sites = { other: 'evil.example', rebound: 'rebound.example' };
const ids = {
  bySubmit: '11111111-1111-4111-8111-111111111111',
  byEvent: '22222222-2222-4222-8222-222222222222',
  byMessage: '33333333-3333-4333-8333-333333333333',
  byItem: '44444444-4444-4444-8444-444444444444',
};
const forged = (id: string) => writeMessage(aMessage({ id, tenant: 'public' }));
const queue = 'job-worker-local-long';
const queueUrl = `http://127.0.0.1/000000000000/${queue}`;

/** A call of an emulator, with a signature that somebody makes up. */
const aws = (target: string, body: object): Attack => ({
  method: 'POST',
  path: '/',
  headers: {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': target,
    'x-amz-date': '20260101T000000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/any/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
  },
  body: JSON.stringify(body),
});
/** A form sends such a body, and no browser asks before. */
const form = (path: string, body: unknown): Attack => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'text/plain' },
  body: JSON.stringify(body),
});

const attacks = (victim: string): readonly Attack[] => [
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/jobs' },
  { method: 'GET', path: '/ui' },
  { method: 'GET', path: '/schedules' },
  { method: 'GET', path: '/_fauxqs/queues' },
  { method: 'GET', path: '/bucket' },
  ...['text/plain', 'application/json'].map((type) => ({
    ...form('/jobs', { type: 'counting', payload: { seconds: 0 }, tags: [ids.bySubmit] }),
    headers: { 'content-type': type },
  })),
  form(`/jobs/${victim}/cancel`, {}),
  form(`/ui/%2e%2e%2fjobs%2f${victim}%2fcancel`, {}),
  { method: 'DELETE', path: `/jobs/${victim}` },
  form('/2015-03-31/functions/job-worker-local-longWorker/invocations', {
    Records: sqsEvent([forged(ids.byEvent)]).Records.map((each) => ({
      ...each,
      eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:${queue}`,
    })),
  }),
  form('/schedules/new?groupName=default', {}),
  aws('AmazonSQS.ListQueues', {}),
  aws('AmazonSQS.SendMessage', { QueueUrl: queueUrl, MessageBody: forged(ids.byMessage) }),
  aws('AmazonSQS.PurgeQueue', { QueueUrl: queueUrl }),
  aws('DynamoDB_20120810.Scan', { TableName: tables.access }),
  aws('DynamoDB_20120810.PutItem', { TableName: tables.jobs, Item: { id: { S: ids.byItem } } }),
  aws('DynamoDB_20120810.DeleteItem', { TableName: tables.jobs, Key: { id: { S: victim } } }),
];

/** Runs in a page. @returns what the page could read */
const attackFrom = (
  page: Page,
  given: { origin: string; mode: 'cors' | 'no-cors'; attacks: readonly Attack[] },
) =>
  page.evaluate(
    ({ origin, mode, attacks: all }) =>
      Promise.all(
        all.map(async ({ path, ...init }) => {
          const answer = await fetch(origin + path, { ...init, mode }).catch(() => undefined);
          const read = answer && answer.type !== 'opaque' ? `${answer.status} ${await answer.text()}` : '';
          return { call: `${init.method} ${path} ${init.headers?.['x-amz-target'] ?? ''}`, read };
        }),
      ),
    given,
  );

describeInBrowser('every port of `npm start`, to a page of another origin', () => {
  const client = new Client();
  let browser: Browser;
  let site: Server;
  let ports: readonly Listening[];
  let victim: string;
  beforeAll(async () => {
    site = createServer((_, response) =>
      response.setHeader('content-type', 'text/html').end('<title>a site'),
    );
    await new Promise<void>((resolve) => void site.listen(0, '127.0.0.1', resolve));
    const rules = Object.values(sites).map((name) => `MAP ${name} 127.0.0.1`);
    browser = await startChromium([`--host-resolver-rules=${rules.join(',')}`]);
    ports = await portsBeside(Number(new URL(systems().open).port));
    victim = await client.submit({ type: 'counting', payload: { seconds: 0 }, delaySeconds: 1_500 });
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
  });

  test('listens on the loopback interface only', () => {
    expect(ports.length).toBeGreaterThanOrEqual(5);
    expect(ports.filter(({ address }) => address !== '127.0.0.1')).toEqual([]);
  });

  test('gives nothing to read, and does nothing', async () => {
    const page = await browser.newPage();
    await page.goto(`http://${sites.other}:${(site.address() as AddressInfo).port}/`);
    for (const { port } of ports)
      for (const [mode, name] of [
        ['cors', '127.0.0.1'],
        ['no-cors', 'localhost'],
      ] as const) {
        const origin = `http://${name}:${port}`;
        const seen = await attackFrom(page, { origin, mode, attacks: attacks(victim) });
        expect([origin, mode, seen.filter(({ read }) => read !== '')]).toEqual([origin, mode, []]);
      }
    await nothingHasHappened();
  });

  test('knows no name but its own, whatever leads to it (DNS rebinding)', async () => {
    const page = await browser.newPage();
    for (const { port } of ports) {
      const origin = `http://${sites.rebound}:${port}`;
      // As good as a page of theirs: the script that runs in the answer may read what it fetches.
      await page.goto(`${origin}/`);
      const seen = await attackFrom(page, { origin, mode: 'cors', attacks: attacks(victim) });
      const served = seen.filter(({ read }) => !/^403 \{.*set ALLOWED_HOSTS=rebound\.example and/.test(read));
      expect([origin, served]).toEqual([origin, []]);
    }
    await nothingHasHappened();
  });

  async function nothingHasHappened(): Promise<void> {
    // What was sent before has run by then, if anything was.
    await client.finished(await client.submit({ type: 'counting', payload: { seconds: 1 } }));
    expect((await client.get(victim)).status).toBe('waiting');
    for (const id of [ids.byEvent, ids.byMessage, ids.byItem]) {
      const { status } = await fetch(`${client.address}/jobs/${id}`);
      expect([id, status]).toEqual([id, 404]);
    }
    const tagged = await fetch(`${client.address}/jobs?tag=${ids.bySubmit}`);
    expect(await tagged.json()).toMatchObject({ items: [] });
  }
});
