import { setTimeout } from 'node:timers/promises';
import { type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SQSRecord } from 'aws-lambda';
import { sqsJobQueue } from '../../shared/adapters/sqs-job-queue.ts';
import { QueueUnavailableError } from '../../shared/errors.ts';
import type { Delivery } from '../../shared/ports.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { queuePort } from '../simulation/queue-port.ts';
import { SeededRandom } from '../simulation/random.ts';
import { SimulatedQueue } from '../simulation/simulated-queue.ts';
import { VirtualTime } from '../simulation/virtual-time.ts';
import { describeJobQueue } from './job-queue.contract.ts';

const fromRecord = ({ messageId, receiptHandle, body, attributes }: SQSRecord): Delivery => ({
  messageId,
  receiptHandle,
  body,
  receiveCount: Number(attributes.ApproximateReceiveCount),
  sentAt: Number(attributes.SentTimestamp),
});
const time = new VirtualTime();
const unreliability = { random: new SeededRandom(1), duplicate: 0, reorder: false };
const simulatedQueue = (name: string) =>
  new SimulatedQueue(name, time, { visibilityMs: 30_000, maxReceiveCount: 1000 }, unreliability);
const own = simulatedQueue('own');
const dead = simulatedQueue('dead');
describeJobQueue('the simulated queue', () => ({
  queue: queuePort({ own, dead }),
  receive: async () => own.receive(10).map(fromRecord),
  receiveDeadLetters: async () => dead.receive(10).map(fromRecord),
  pass: async (seconds) => {
    time.now += seconds * 1000;
  },
}));

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

const fromMessage = ({
  MessageId = '',
  ReceiptHandle = '',
  Body = '',
  Attributes = {},
}: Message): Delivery => ({
  messageId: MessageId,
  receiptHandle: ReceiptHandle,
  body: Body,
  receiveCount: Number(Attributes.ApproximateReceiveCount),
  sentAt: Number(Attributes.SentTimestamp),
});

const receiveFrom = async (name: 'standard' | 'standard-dead-letter'): Promise<Delivery[]> => {
  const { Messages = [] } = await aws.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: aws.queueUrl(name),
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages.map(fromMessage);
};

const urls = () => ({
  queueUrl: aws.queueUrl('standard'),
  deadLetterQueueUrl: aws.queueUrl('standard-dead-letter'),
});

describeJobQueue('the SQS queue', () => ({
  queue: sqsJobQueue(aws.sqs, urls()),
  receive: () => receiveFrom('standard'),
  receiveDeadLetters: () => receiveFrom('standard-dead-letter'),
  pass: (seconds) => setTimeout(seconds * 1000),
}));

test('a queue that is not there is unavailable, whatever is asked of it', async () => {
  const queue = sqsJobQueue(aws.sqs, {
    queueUrl: `${aws.sqsEndpoint}/000000000000/nowhere`,
    deadLetterQueueUrl: '',
  });
  const delivery = { messageId: 'm', receiptHandle: 'r', body: 'b', receiveCount: 1, sentAt: 1 };
  await expect(queue.hide(delivery, 1)).rejects.toThrow(QueueUnavailableError);
  await expect(queue.bury(delivery, '')).rejects.toThrow(QueueUnavailableError);
});
