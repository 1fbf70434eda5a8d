import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { beforeAll, expect, test } from '@jest/globals';
import { toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { groupKeyOf, groupListKeyOf } from '../../shared/domain/state/failures/failure.ts';
import { listKeyOf, listPositionOf } from '../../shared/domain/state/job/list-keys.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { submissionMessage } from '../../shared/operations/submit/submit-job.ts';
import type { LocalQueue } from '../local-aws.ts';
import { newerVersion } from '../set-ups/samples.ts';
import { eventually } from './eventually.ts';
import type { System } from './system.ts';

let system: System;

const aMessage = () =>
  submissionMessage(
    { tenant: 'public', type: 'counting', payload: { seconds: 0 }, maxAttempts: 3 },
    { id: randomUUID(), fingerprint: 'f', now: Date.now() },
  );

/** How many messages a queue holds, visible or not. */
async function messagesIn(name: LocalQueue): Promise<number> {
  const { Attributes = {} } = await system.aws.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: system.aws.queueUrl(name), AttributeNames: ['All'] }),
  );
  return [
    Attributes.ApproximateNumberOfMessages,
    Attributes.ApproximateNumberOfMessagesNotVisible,
    Attributes.ApproximateNumberOfMessagesDelayed,
  ].reduce((sum, count) => sum + Number(count), 0);
}

const sources = [
  'standard',
  'long',
  'bulk',
  'ordered.fifo',
  'waiting',
  'dead-letter',
  'dead-letter.fifo',
] as const;

const newerText = (id: string): string => JSON.stringify({ id, version: newerVersion });

export function describeVersions(running: () => System): void {
  beforeAll(() => {
    system = running();
    system.start();
  });

  test('every function returns a message of a newer version to its queue', async () => {
    const messages = sources.map((name) => ({ name, message: aMessage() }));
    await Promise.all(
      messages.map(({ name, message }) =>
        system.send(JSON.stringify({ ...message, version: newerVersion }), name),
      ),
    );
    await setTimeout(3_000); // long enough for several receives, with the first backoffs
    for (const { name, message } of messages) {
      expect([name, await messagesIn(name)]).toEqual([name, 1]);
      expect((await system.call('GET', `/jobs/${message.id}`)).status).toBe(404);
    }
  });

  test('no function shows or changes an item of a newer version, and the worker returns its message', async () => {
    const message = aMessage();
    const item = toAttributes({ id: message.id, version: newerVersion, tenant: 'public', all: 'new' });
    const { tableName: TableName, dynamoDb } = system.aws;
    await dynamoDb.send(new PutItemCommand({ TableName, Item: item }));
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/cancel'],
      ['POST', '/retry'],
    ] as const) {
      const answer = await system.call(method, `/jobs/${message.id}${path}`);
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5']);
    }
    const before = await messagesIn('long');
    await system.send(JSON.stringify(message), 'long');
    await setTimeout(3_000);
    expect(await messagesIn('long')).toBe(before + 1);
    const { Item } = await dynamoDb.send(
      new GetItemCommand({ TableName, Key: toAttributes({ id: message.id }) }),
    );
    expect(Item).toEqual(item);
  });

  test('lists, pages and bulk actions name what only newer code can read, and leave it', async () => {
    const { tableName: TableName, dynamoDb } = system.aws;
    const now = Date.now();
    const tags = ['of newer code'];
    const old = await system.request({ type: 'counting', payload: { seconds: 0 }, tags, delaySeconds: 600 });
    const id = randomUUID();
    const groupId = randomUUID().replaceAll('-', '');
    const place = {
      listPosition: listPositionOf(now, id),
      tenant: 'public',
      version: newerVersion,
      all: 'new',
    };
    const newer = [
      { id, ...place, listKey: listKeyOf('public', 0), failedKey: listKeyOf('public', 0) },
      { id: groupKeyOf(groupId), ...place, listKey: groupListKeyOf('public') },
    ];
    for (const item of newer)
      await dynamoDb.send(new PutItemCommand({ TableName, Item: toAttributes(item) }));
    try {
      const lists = ['/jobs', '/jobs?status=failed', '/jobs?tag=of+newer+code', `/jobs?error=${groupId}`];
      for (const list of lists) {
        const { status, body } = await system.call('GET', list);
        expect([list, status, body]).toEqual([list, 200, expect.stringContaining(newerText(id))]);
      }
      expect(await system.call('GET', '/errors')).toMatchObject({
        status: 200,
        body: expect.stringContaining(newerText(groupId)),
      });
      const shown = [
        ['/ui', id],
        ['/ui?status=failed', id],
        ['/ui/errors', groupId],
      ] as const;
      for (const [page, what] of shown) {
        const { status, body } = await system.call('GET', page);
        expect([page, status, body]).toEqual([page, 200, expect.stringContaining(what)]);
        expect(body).toContain(`of a newer version (${newerVersion})`);
      }
      const page = await system.call('GET', '/ui/actions?action=cancel&tag=of+newer+code');
      expect([page.status, page.body]).toEqual([
        200,
        expect.stringContaining('1 of a newer version is left alone.'),
      ]);
      const started = await system.call('POST', '/jobs/actions', {
        body: JSON.stringify({ action: 'cancel', filter: { tags } }),
      });
      const { result } = await system.finished(jobResponse.parse(JSON.parse(started.body)).id);
      expect(result).toEqual({ done: 1, skipped: 0, newer: 1 });
      expect(await system.get(old.id)).toMatchObject({ status: 'canceled' });
    } finally {
      for (const item of newer) {
        const Key = toAttributes({ id: item.id });
        await dynamoDb.send(new DeleteItemCommand({ TableName, Key }));
      }
    }
  });

  test('a bulk action that has waited is sent to its queue by admission, and runs', async () => {
    const tags = ['to be canceled'];
    const later = await system.request({
      type: 'counting',
      payload: { seconds: 0 },
      tags,
      delaySeconds: 600,
    });
    const message = submissionMessage(
      {
        tenant: 'public',
        type: 'bulk-action',
        payload: { action: 'cancel', filter: { tags } },
        maxAttempts: 20,
      },
      { id: randomUUID(), fingerprint: 'f', now: Date.now() },
    );
    await system.send(JSON.stringify(message), 'waiting');
    const started = async () => (await system.call('GET', `/jobs/${message.id}`)).status === 200 || undefined;
    await eventually(started, 'the bulk action to start');
    expect(await system.finished(message.id)).toMatchObject({ result: { done: 1, skipped: 0 } });
    expect(await system.get(later.id)).toMatchObject({ status: 'canceled' });
  });
}
