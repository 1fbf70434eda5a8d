import { setTimeout } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LocalAws } from '../local-aws.ts';
import { newLocalAws } from './shared-services.ts';

/** What fauxqs does with our stand-in. SQS itself is as described in local/queues/fair-order.ts, roughly. */
describe('a standard queue of the local system', () => {
  let aws: LocalAws;
  const all: LocalAws[] = [];
  beforeEach(async () => {
    aws = await newLocalAws();
    all.push(aws);
  });
  afterAll(() => Promise.all(all.map((each) => each.stop())));

  const QueueUrl = () => aws.queueUrl('standard');
  const send = (MessageBody: string, MessageGroupId?: string, DelaySeconds = 0) =>
    aws.sqs.send(new SendMessageCommand({ QueueUrl: QueueUrl(), MessageBody, MessageGroupId, DelaySeconds }));
  const sendMany = async (count: number, MessageGroupId?: string) => {
    for (let next = 0; next < count; next += 10) {
      const Entries = Array.from({ length: Math.min(10, count - next) }, (_, at) => ({
        Id: `${at}`,
        MessageBody: `${MessageGroupId} ${next + at}`,
        ...(MessageGroupId === undefined ? {} : { MessageGroupId }),
      }));
      await aws.sqs.send(new SendMessageBatchCommand({ QueueUrl: QueueUrl(), Entries }));
    }
  };
  const receive = async (MaxNumberOfMessages = 10) => {
    const { Messages = [] } = await aws.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: QueueUrl(),
        MaxNumberOfMessages,
        MessageSystemAttributeNames: ['All'],
      }),
    );
    return Messages;
  };
  const bodies = async (count?: number) => (await receive(count)).map(({ Body }) => Body);
  const aMoment = () => setTimeout(20);

  test('delivers a message of a quiet tenant before those of one that others wait for', async () => {
    await sendMany(50, 'A');
    expect(await bodies(2)).toEqual(['A 0', 'A 1']);
    await aMoment();
    await send('B', 'B');
    expect(await bodies(2)).toEqual(['B', 'A 2']);
  });

  test('delivers what was delayed, and what came back, in the same order', async () => {
    await sendMany(20, 'A');
    await bodies(2);
    await send('B', 'B', 1);
    await setTimeout(1_100);
    expect((await bodies(2))[0]).toBe('B');
  });

  test('tells the group of a message', async () => {
    await sendMany(1, 'A');
    await send('B', 'B');
    const groups = (await receive()).map(({ Attributes }) => Attributes?.MessageGroupId);
    expect(groups).toEqual(['A', 'B']);
  });

  test('takes a message without a group for that of another tenant', async () => {
    await sendMany(20, 'A');
    await bodies(2);
    await aMoment();
    await send('nobody');
    expect((await bodies(1))[0]).toBe('nobody');
  });

  test('delivers in the order of arrival if no message has a group', async () => {
    await sendMany(15);
    await bodies(2);
    await aMoment();
    await send('last');
    expect(await bodies()).toEqual(Array.from({ length: 10 }, (_, at) => `undefined ${at + 2}`));
  });

  test('lets the one of two noisy tenants come first that has fewer messages in flight', async () => {
    await sendMany(20, 'A');
    await sendMany(20, 'B');
    const taken = await receive(10); // of A
    await aMoment();
    const [first] = await bodies(1);
    await aMoment();
    expect([first, await bodies(1)]).toEqual(['B 0', ['B 1']]);
    const Entries = taken.map(({ ReceiptHandle }, at) => ({ Id: `${at}`, ReceiptHandle }));
    await aws.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: QueueUrl(), Entries }));
    await setTimeout(300); // now both have taken more than a tenth of the time
    expect(await bodies(1)).toEqual(['A 10']);
  });
});
