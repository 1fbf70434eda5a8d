import { setTimeout } from 'node:timers/promises';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { credentials, region } from '../../local/local-aws.ts';
import { sqsNotificationDeadLetters, sqsNotificationQueue } from '../../shared/aws/notification-queue.ts';
import { QueueUnavailableError } from '../../shared/job/errors.ts';
import { readMessageAs } from '../../shared/job/message.ts';
import { type NotificationMessage, notificationMessage } from '../../shared/job/notification.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import {
  DelayingNotificationQueue,
  InMemoryNotificationDeadLetters,
} from '../../testkit/fakes/in-memory-queues.ts';
import { startWireProxy } from '../integration/wire-proxy.ts';
import { type LocalAws, type LocalQueue, startLocalAws } from '../local-aws.ts';
import { aNotification } from '../set-ups/notify.ts';
import { describeNotificationQueue } from './notification-queue.contract.ts';

const clock = new FixedClock();
const fake = new DelayingNotificationQueue(clock);
const fakeDeadLetters = new InMemoryNotificationDeadLetters();
describeNotificationQueue('DelayingNotificationQueue', () => ({
  queue: fake,
  deadLetters: fakeDeadLetters,
  receive: async () => fake.take(),
  receiveDeadLetters: async () => fakeDeadLetters.sent,
  pass: (seconds) => clock.advance(seconds * 1000),
}));

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

/** Receives what is visible, and deletes it. */
async function take(name: LocalQueue): Promise<readonly Message[]> {
  const QueueUrl = aws.queueUrl(name);
  const { Messages = [] } = await aws.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  );
  for (const { ReceiptHandle } of Messages)
    await aws.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages;
}

function read({ Body = '' }: Message): NotificationMessage {
  const message = readMessageAs(notificationMessage, Body);
  if (message instanceof Error) throw message;
  return message;
}

describeNotificationQueue('sqsNotificationQueue', () => ({
  queue: sqsNotificationQueue(aws.sqs, aws.queueUrl('notify')),
  deadLetters: sqsNotificationDeadLetters(aws.sqs, aws.queueUrl('notify-dead-letter')),
  receive: async () => (await take('notify')).map(read),
  receiveDeadLetters: async () =>
    (await take('notify-dead-letter')).map((message) => ({
      message: read(message),
      reason: message.MessageAttributes?.reason?.StringValue ?? '',
    })),
  pass: (seconds) => setTimeout(seconds * 1000),
}));

// The emulator takes the group of a standard queue's message, and forgets it: the test reads the request.
test('the messages of a tenant are a group, which SQS treats fairly beside those of others', async () => {
  const wire = await startWireProxy(aws.sqsEndpoint);
  const groups: string[] = [];
  wire.treat = (_operation, body) => {
    groups.push(z.object({ MessageGroupId: z.string() }).parse(JSON.parse(body)).MessageGroupId);
    return 'pass';
  };
  const sqs = new SQSClient({ endpoint: wire.endpoint, region, credentials });
  const queue = sqsNotificationQueue(sqs, aws.queueUrl('notify'));
  for (const tenant of ['a', 'a', 'é'.repeat(500)]) await queue.send(aNotification({ tenant }));
  sqs.destroy();
  await wire.stop();
  const [one, same, other] = groups;
  expect([groups.length, same, other === one]).toEqual([3, one, false]);
  // What SQS takes as a group.
  for (const group of groups) expect(group).toMatch(/^[\w!-/:-@[-`{-~]{1,128}$/);
});

test('every call of a queue that does not exist throws QueueUnavailableError', async () => {
  const nowhere = `${aws.sqsEndpoint}/000000000000/nowhere`;
  const sent = sqsNotificationQueue(aws.sqs, nowhere).send(aNotification());
  await expect(sent).rejects.toThrow(QueueUnavailableError);
  const given = sqsNotificationDeadLetters(aws.sqs, nowhere).send(aNotification(), 'HTTP 500');
  await expect(given).rejects.toThrow(QueueUnavailableError);
});
