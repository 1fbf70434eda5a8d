import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { beforeAll, expect, test } from '@jest/globals';
import { toAttributes } from '../../shared/aws/attribute-value.ts';
import { submissionMessage } from '../../shared/operations/submit-job.ts';
import type { LocalQueue } from '../local-aws.ts';
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

export function describeVersions(running: () => System): void {
  beforeAll(() => {
    system = running();
    system.start();
  });

  test('every function returns a message of a newer version to its queue', async () => {
    const messages = sources.map((name) => ({ name, message: aMessage() }));
    await Promise.all(
      messages.map(({ name, message }) => system.send(JSON.stringify({ ...message, version: 2 }), name)),
    );
    await setTimeout(3_000); // long enough for several receives, with the first backoffs
    for (const { name, message } of messages) {
      expect([name, await messagesIn(name)]).toEqual([name, 1]);
      expect((await system.call('GET', `/jobs/${message.id}`)).status).toBe(404);
    }
  });

  test('no function shows or changes an item of a newer version, and the worker returns its message', async () => {
    const message = aMessage();
    const item = toAttributes({ id: message.id, version: 2, tenant: 'public', all: 'new' });
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

  test('a bulk action that the version before has put into the long queue is handed on, and runs', async () => {
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
    await system.send(JSON.stringify(message), 'long');
    const started = async () => (await system.call('GET', `/jobs/${message.id}`)).status === 200 || undefined;
    await eventually(started, 'the bulk action to start');
    expect(await system.finished(message.id)).toMatchObject({ result: { done: 1, skipped: 0 } });
    expect(await system.get(later.id)).toMatchObject({ status: 'canceled' });
  });
}
