import { setTimeout } from 'node:timers/promises';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SQSRecord } from 'aws-lambda';
import { credentials, region } from '../../local/local-aws.ts';
import { sqsJobQueue } from '../../shared/aws/job-queue.ts';
import { QueueUnavailableError } from '../../shared/job/errors.ts';
import type { Delivery } from '../../shared/job/ports.ts';
import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import { VirtualTime } from '../../testkit/play/virtual-time.ts';
import { startWireProxy } from '../integration/wire-proxy.ts';
import { type LocalAws, type LocalQueue, startLocalAws } from '../local-aws.ts';
import { queuePort } from '../simulation/queue-port.ts';
import { SimulatedQueue } from '../simulation/simulated-queue.ts';
import { describeJobQueue } from './job-queue.contract.ts';
import { describeOrderedJobQueue, type OrderedQueueUnderTest } from './ordered-job-queue.contract.ts';

const fromRecord = ({ messageId, receiptHandle, body, attributes }: SQSRecord): Delivery => ({
  messageId,
  receiptHandle,
  body,
  receiveCount: Number(attributes.ApproximateReceiveCount),
  sentAt: Number(attributes.SentTimestamp),
});
const time = new VirtualTime();
const faults = {
  random: new SeededRandom(1),
  duplicate: 0,
  reorder: false,
  takesOutdatedHandles: true,
};
const simulatedQueue = (name: string, fifo: boolean) =>
  new SimulatedQueue(name, time, { visibilityMs: 30_000, maxReceiveCount: 1000, fifo }, faults);
function simulatedQueues(fifo: boolean): OrderedQueueUnderTest {
  const own = simulatedQueue('own', fifo);
  const quarantined = simulatedQueue('quarantine', false);
  return {
    queue: queuePort({ own, quarantined }),
    receive: async () => own.receive(10).map(fromRecord),
    receiveQuarantined: async () => quarantined.receive(10).map(fromRecord),
    delete: async ({ receiptHandle }) => own.delete(receiptHandle),
    pass: async (seconds) => {
      time.now += seconds * 1000;
    },
  };
}
const [standard, ordered] = [simulatedQueues(false), simulatedQueues(true)];
describeJobQueue('the simulated queue', () => standard);
describeOrderedJobQueue('the simulated FIFO queue', () => ordered);

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

const receiveFrom = async (name: LocalQueue): Promise<Delivery[]> => {
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

const sqsQueues = (name: LocalQueue): OrderedQueueUnderTest => ({
  queue: sqsJobQueue(aws.sqs, {
    queueUrl: aws.queueUrl(name),
    quarantineUrl: aws.queueUrl('quarantine'),
  }),
  receive: () => receiveFrom(name),
  receiveQuarantined: () => receiveFrom('quarantine'),
  async delete({ receiptHandle }) {
    await aws.sqs.send(
      new DeleteMessageCommand({ QueueUrl: aws.queueUrl(name), ReceiptHandle: receiptHandle }),
    );
  },
  pass: (seconds) => setTimeout(seconds * 1000),
});

describeJobQueue('the SQS queue', () => sqsQueues('standard'));
describeOrderedJobQueue('the SQS FIFO queue', () => sqsQueues('ordered.fifo'));

test('the emulator creates a queue with the attributes of its template', async () => {
  const { Attributes } = await aws.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: aws.queueUrl('ordered.fifo'), AttributeNames: ['All'] }),
  );
  expect(Attributes).toMatchObject({
    FifoQueue: 'true',
    ContentBasedDeduplication: 'false',
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
    VisibilityTimeout: '30',
    RedrivePolicy: expect.stringContaining(':dead-letter.fifo"'),
  });
});

const delivery = { messageId: 'm', receiptHandle: 'r', body: 'b', receiveCount: 1, sentAt: 1 };

// SQS rejects them on a standard queue. The emulator does not, so the test reads the request.
test('an ordered queue quarantines a message without the parameters that only FIFO queues accept', async () => {
  const wire = await startWireProxy(aws.sqsEndpoint);
  const bodies: string[] = [];
  wire.treat = (_operation, body) => {
    bodies.push(body);
    return 'pass';
  };
  const sqs = new SQSClient({ endpoint: wire.endpoint, region, credentials });
  const urls = {
    queueUrl: aws.queueUrl('ordered.fifo'),
    quarantineUrl: aws.queueUrl('quarantine'),
  };
  await sqsJobQueue(sqs, urls).quarantine(delivery, '');
  sqs.destroy();
  await wire.stop();
  expect(Object.keys(JSON.parse(bodies.join())).sort()).toEqual([
    'MessageAttributes',
    'MessageBody',
    'QueueUrl',
  ]);
});

test('every call of a queue that does not exist throws QueueUnavailableError', async () => {
  const queue = sqsJobQueue(aws.sqs, {
    queueUrl: `${aws.sqsEndpoint}/000000000000/nowhere`,
    quarantineUrl: `${aws.sqsEndpoint}/000000000000/nowhere`,
  });
  await expect(queue.changeVisibility(delivery, 1)).rejects.toThrow(QueueUnavailableError);
  await expect(queue.quarantine(delivery, '')).rejects.toThrow(QueueUnavailableError);
});
