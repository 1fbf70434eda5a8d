import { hash } from 'node:crypto';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sqsJobQueue } from '../../shared/aws/job-queue.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';

const maxMessageBytes = 1024 * 1024;

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

/** Sends a message to the standard queue and quarantines it. @returns the message in the quarantine queue */
async function quarantined(body: string, reason: string) {
  const [standard, quarantine] = [aws.queueUrl('standard'), aws.queueUrl('quarantine')];
  await aws.sqs.send(new SendMessageCommand({ QueueUrl: standard, MessageBody: body }));
  const queue = sqsJobQueue(aws.sqs, { queueUrl: standard, quarantineUrl: quarantine });
  await queue.quarantine({ messageId: 'm', receiptHandle: 'r', body, receiveCount: 1, sentAt: 1 }, reason);
  const { Messages: [message] = [] } = await aws.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: quarantine, MessageAttributeNames: ['All'] }),
  );
  const attributes = Object.entries(message?.MessageAttributes ?? {});
  return {
    body: message?.Body ?? '',
    attributes: Object.fromEntries(attributes.map(([name, value]) => [name, value.StringValue])),
  };
}

test('a message that fits together with its reason is quarantined unchanged', async () => {
  expect(await quarantined('x'.repeat(1000), 'a reason')).toEqual({
    body: 'x'.repeat(1000),
    attributes: { reason: 'a reason' },
  });
});

test.each([
  ['with one byte per character', 'x'.repeat(maxMessageBytes)],
  ['with three bytes per character', '\u20ac'.repeat(Math.floor(maxMessageBytes / 3))],
])(
  'a message of the maximum size, %s, is cut in quarantine, with its original size and hash',
  async (_what, body) => {
    const { body: cut, attributes } = await quarantined(body, 'a reason');
    expect(attributes).toEqual({
      reason: 'a reason',
      originalBytes: String(Buffer.byteLength(body)),
      originalSha256: hash('sha256', body, 'hex'),
    });
    expect(body.startsWith(cut)).toBe(true);
    expect(Buffer.byteLength(cut)).toBeGreaterThan(maxMessageBytes - 10_000);
    expect(Buffer.byteLength(cut)).toBeLessThan(maxMessageBytes);
  },
);
