import { setTimeout } from 'node:timers/promises';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SQSRecord } from 'aws-lambda';
import { credentials, region } from '../../local/local-aws.ts';
import { sqsChildQueue } from '../../shared/aws/queues/child-queue.ts';
import { sqsJobQueue } from '../../shared/aws/queues/job-queue.ts';
import { QueueUnavailableError } from '../../shared/domain/base/errors.ts';
import { type JobMessage, readMessage, writeMessage } from '../../shared/domain/state/job/message.ts';
import type { Delivery, JobQueue } from '../../shared/domain/state/ports.ts';
import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import { VirtualTime } from '../../testkit/play/virtual-time.ts';
import { startWireProxy } from '../integration/wire-proxy.ts';
import type { LocalAws, LocalQueue } from '../local-aws.ts';
import { queuePort } from '../simulation/queue-port.ts';
import { SimulatedQueue } from '../simulation/simulated-queue.ts';
import { testedSqsClient } from './lean/tested-clients.ts';
import { newLocalAws } from './shared-services.ts';

/** A `JobQueue`, and what a test needs besides the port: to receive, and to let time pass. */
interface QueueUnderTest {
  readonly queue: JobQueue;
  receive(): Promise<readonly Delivery[]>;
  receiveQuarantined(): Promise<readonly Delivery[]>;
  /** Lets real or virtual time pass. */
  pass(seconds: number): Promise<void>;
}

let count = 0;
const newMessage = (payload: unknown = { seconds: 1 }): JobMessage => {
  count += 1;
  return {
    id: `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`,
    version: 1,
    tenant: 'a tenant',
    type: 'counting',
    payload,
    submittedAt: 1_790_000_000_123,
    options: { maxAttempts: 3 },
    fingerprint: 'a fingerprint',
    run: 1,
  };
};

/** What every `JobQueue` does. It runs on the simulated queue, and on the SQS adapter with the emulator. */
function describeJobQueue(name: string, make: () => QueueUnderTest): void {
  /** Receives the message with this id. Other tests may have left messages in the queue. */
  const receive = async (id: string): Promise<Delivery | undefined> =>
    (await make().receive()).find(({ body }) => body.includes(id));

  describe(`${name} as a JobQueue`, () => {
    test('delivers a message unchanged, with its receive count and its send time in milliseconds', async () => {
      const message = newMessage({
        text: 'ü 🎈 \u0000 \u001f \uFFFE \uFFFF \ud800 <&>"\'',
        deep: [[{ a: null }]],
      });
      const before = Date.now();
      await make().queue.send(message);
      const delivery = await receive(message.id);
      expect(readMessage(delivery?.body ?? '')).toEqual(message);
      expect(delivery?.receiveCount).toBe(1);
      expect(Math.abs((delivery?.sentAt ?? 0) - before)).toBeLessThan(400 * 24 * 3600 * 1000);
    });

    test('accepts the message of a payload of the maximum size', async () => {
      const message = newMessage({ text: '\uFFFE'.repeat(85 * 1024) });
      await make().queue.send(message);
      expect(readMessage((await receive(message.id))?.body ?? '')).toEqual(message);
    });

    test('keeps a received message invisible until the visibility timeout that is set ends, and counts receives', async () => {
      const message = newMessage();
      const { queue, pass } = make();
      await queue.send(message);
      const first = await receive(message.id);
      if (!first) throw new Error('not delivered');
      expect(await receive(message.id)).toBeUndefined();
      await queue.changeVisibility(first, 2);
      expect(await receive(message.id)).toBeUndefined();
      await pass(2.2);
      const second = await receive(message.id);
      expect(second?.receiveCount).toBe(2);
      if (second) await queue.changeVisibility(second, 0);
      expect((await receive(message.id))?.receiveCount).toBe(3);
    });

    test('does not deliver a message early if its visibility timeout is part of a second', async () => {
      const message = newMessage();
      const { queue } = make();
      await queue.send(message);
      const delivery = await receive(message.id);
      if (delivery) await queue.changeVisibility(delivery, 0.2);
      expect(await receive(message.id)).toBeUndefined();
    });

    test('delivers a delayed message only after its delay', async () => {
      const message = newMessage();
      const { queue, pass } = make();
      await queue.send(message, 1.5);
      expect(await receive(message.id)).toBeUndefined();
      await pass(2.2);
      expect(await receive(message.id)).toBeDefined();
    });

    test('sends a copy of a quarantined message to the quarantine queue', async () => {
      const message = newMessage();
      const { queue, receiveQuarantined } = make();
      await queue.send(message);
      const delivery = await receive(message.id);
      if (delivery) await queue.quarantine(delivery, 'a reason \u0000 of any kind');
      const quarantined = (await receiveQuarantined()).find(({ body }) => body.includes(message.id));
      expect(quarantined?.body).toBe(writeMessage(message));
    });
  });
}

/** An ordered `JobQueue`, and what a test needs besides the port. */
interface OrderedQueueUnderTest extends QueueUnderTest {
  /** Deletes a received message, as an event source mapping does. */
  delete(delivery: Delivery): Promise<void>;
}

let groups = 0;
const newGroup = (): string => {
  groups += 1;
  return `group ${groups}`;
};
const newOrderedMessage = (group: string, over: Partial<JobMessage> = {}): JobMessage => {
  groups += 1;
  return {
    id: `00000000-0000-4000-8000-${String(groups).padStart(12, '0')}`,
    version: 1,
    tenant: 'a tenant',
    type: 'counting',
    payload: { seconds: 1 },
    submittedAt: 1_790_000_000_123,
    options: { maxAttempts: 3, group },
    fingerprint: 'a fingerprint',
    run: 1,
    ...over,
  };
};

type Make = () => OrderedQueueUnderTest;

async function sendAll(make: Make, messages: readonly JobMessage[]): Promise<void> {
  for (const message of messages) await make().queue.send(message);
}

/** Receives all visible messages, and returns those of these groups. */
async function receive(make: Make, ...groups: readonly string[]): Promise<readonly Delivery[]> {
  const received: Delivery[] = [];
  let more: readonly Delivery[];
  do {
    more = await make().receive();
    received.push(...more.filter(({ body }) => groups.includes(groupOf(body))));
  } while (more.length > 0);
  return received;
}

/** Receives the one message of a group that the queue can deliver now. */
async function receiveOne(make: Make, group: string): Promise<Delivery | undefined> {
  const [delivery, ...more] = await receive(make, group);
  expect(more).toEqual([]);
  return delivery;
}

async function receiveFirst(make: Make, group: string): Promise<Delivery> {
  const delivery = await receiveOne(make, group);
  if (!delivery) throw new Error(`no message was received of ${group}`);
  return delivery;
}

/** Receives and deletes all messages of a group, one after the other. */
async function drain(make: Make, group: string): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for (;;) {
    const delivery = await receiveOne(make, group);
    if (!delivery) return all;
    all.push(readMessage(delivery.body));
    await make().delete(delivery);
  }
}

/** What every ordered `JobQueue` does. It runs on the simulated queue, and on the SQS adapter with the emulator. */
function describeOrderedJobQueue(name: string, make: Make): void {
  describe(`${name} as an ordered JobQueue`, () => {
    test('states that it is ordered', () => {
      expect(make().queue.isOrdered).toBe(true);
    });

    test('delivers the messages of a group one at a time, in the order in which they were sent', async () => {
      const group = newGroup();
      const messages = Array.from({ length: 5 }, () => newOrderedMessage(group));
      await sendAll(make, messages);
      expect(await drain(make, group)).toEqual(messages);
    });

    test('delivers no message of a group while one of its messages is in flight, but delivers other groups', async () => {
      const [group, other] = [newGroup(), newGroup()];
      const [first, second, unrelated] = [
        newOrderedMessage(group),
        newOrderedMessage(group),
        newOrderedMessage(other),
      ];
      const { queue, pass } = make();
      await sendAll(make, [first, second]);
      const delivery = await receiveFirst(make, group);
      await queue.changeVisibility(delivery, 2);
      await sendAll(make, [unrelated]);
      expect((await receive(make, group, other)).map(({ body }) => readMessage(body))).toEqual([unrelated]);
      await pass(2.2);
      expect(await receiveFirst(make, group)).toMatchObject({ body: writeMessage(first), receiveCount: 2 });
    });

    test('delivers a returned message before the later messages of its group', async () => {
      const group = newGroup();
      const messages = [newOrderedMessage(group), newOrderedMessage(group)];
      await sendAll(make, messages);
      const first = await receiveFirst(make, group);
      await make().queue.changeVisibility(first, 0);
      const redelivered = await receiveFirst(make, group);
      expect(redelivered).toMatchObject({ messageId: first.messageId, body: first.body, receiveCount: 2 });
      await make().queue.changeVisibility(redelivered, 0);
      expect(await drain(make, group)).toEqual(messages);
    });

    test('makes a message visible again by its receipt handle alone, long before its visibility timeout ends', async () => {
      const group = newGroup();
      const messages = [newOrderedMessage(group), newOrderedMessage(group)];
      await sendAll(make, messages);
      const { receiptHandle, ...first } = await receiveFirst(make, group);
      await make().queue.changeVisibility({ receiptHandle }, 36_000);
      expect(await receiveOne(make, group)).toBeUndefined();
      await make().queue.changeVisibility({ receiptHandle }, 0);
      expect((await receiveFirst(make, group)).messageId).toBe(first.messageId);
    });

    test('drops a duplicate of a recent message, even of a deleted one, but not another run or another request', async () => {
      const group = newGroup();
      const message = newOrderedMessage(group);
      const next = { ...message, run: 2 };
      const other = { ...message, fingerprint: 'another' };
      await sendAll(make, [message, message, next, other, next]);
      expect(await drain(make, group)).toEqual([message, next, other]);
      await sendAll(make, [other, message]);
      expect(await drain(make, group)).toEqual([]);
    });

    test('does not mix the groups of two tenants that have the same name', async () => {
      const group = newGroup();
      await sendAll(make, [newOrderedMessage(group), newOrderedMessage(group, { tenant: 'another tenant' })]);
      expect(await receive(make, group)).toHaveLength(2);
    });

    test('accepts a group and a tenant of any name', async () => {
      const group = `${'🎈'.repeat(62)} \u0000\n"`;
      const message = newOrderedMessage(group, { tenant: 'auth0|ü \ud800 <a@b.c>' });
      await sendAll(make, [message]);
      expect(await drain(make, group)).toEqual([message]);
    });

    test('ignores a delay, so that no later message overtakes an earlier one', async () => {
      const group = newGroup();
      const messages = [newOrderedMessage(group), newOrderedMessage(group)];
      for (const [index, message] of messages.entries()) await make().queue.send(message, 60 - index * 60);
      expect(await drain(make, group)).toEqual(messages);
    });

    test('sends copies of quarantined messages of a group that can be received at the same time', async () => {
      const group = newGroup();
      const messages = [newOrderedMessage(group), newOrderedMessage(group)];
      await sendAll(make, messages);
      for (let left = messages.length; left > 0; left -= 1) {
        const delivery = await receiveFirst(make, group);
        await make().queue.quarantine(delivery, 'a reason \u0000 of any kind');
        await make().delete(delivery);
      }
      const quarantined = (await make().receiveQuarantined()).map(({ body }) => body);
      expect(quarantined).toEqual(expect.arrayContaining(messages.map(writeMessage)));
    });
  });
}

function groupOf(body: string): string {
  const message = readMessage(body);
  return message instanceof Error ? '' : (message.options.group ?? '');
}

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
  maxDuplicates: 0,
  reorder: false,
  takesOutdatedHandles: true,
  miscount: 0,
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

let aws: LocalAws;

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

const delivery = { messageId: 'm', receiptHandle: 'r', body: 'b', receiveCount: 1, sentAt: 1 };

describe('job queue', () => {
  describeJobQueue('the simulated queue', () => standard);
  describeOrderedJobQueue('the simulated FIFO queue', () => ordered);
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

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
      RedrivePolicy: expect.stringContaining(`:${aws.queueUrl('dead-letter.fifo').split('/').at(-1)}"`),
    });
  });

  // SQS rejects them on a standard queue. The emulator does not, so the test reads the request.
  test('an ordered queue quarantines a message without the parameters that only FIFO queues accept', async () => {
    const wire = await startWireProxy(aws.sqsEndpoint);
    const bodies: string[] = [];
    wire.treat = (_operation, body) => {
      bodies.push(body);
      return 'pass';
    };
    const sqs = testedSqsClient({ endpoint: wire.endpoint, region, credentials });
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

  const proxied = async (treat: (operation: string, body: string) => 'pass' | 'refuse' = () => 'pass') => {
    const wire = await startWireProxy(aws.sqsEndpoint);
    const bodies: string[] = [];
    wire.treat = (operation, body) => {
      bodies.push(body);
      return treat(operation, body);
    };
    const sqs = testedSqsClient({ endpoint: wire.endpoint, region, credentials, maxAttempts: 1 });
    const stop = async () => {
      sqs.destroy();
      await wire.stop();
    };
    const { operations } = wire;
    return {
      queue: sqsChildQueue(sqs, { queueUrl: aws.queueUrl('server') }),
      bodies,
      operations,
      stop,
      sqs,
    };
  };

  // SQS counts its 12 hours from the receive, and refuses a call that goes beyond them. The emulator counts them from the call.
  test('hides a message for no longer than SQS takes at the end of an invocation of 15 minutes', async () => {
    const { bodies, stop, sqs } = await proxied();
    const queue = sqsJobQueue(sqs, { queueUrl: aws.queueUrl('standard') });
    for (const seconds of [60, 12 * 3600, 7 * 24 * 3600])
      await queue.changeVisibility(delivery, seconds).catch(() => undefined);
    await stop();
    const asked = bodies.map((body) => /"VisibilityTimeout":(\d+)/.exec(body)?.[1]);
    expect(asked).toEqual(['60', ...Array(2).fill(String(12 * 3600 - 15 * 60))]);
  });

  describe('the queue of children', () => {
    const receiveAll = async (count: number): Promise<readonly unknown[]> => {
      const messages: unknown[] = [];
      while (messages.length < count)
        for (const received of await receiveFrom('server')) {
          messages.push(readMessage(received.body));
          await sqsQueues('server').delete(received);
        }
      return messages;
    };
    const always = () => true;
    const byId = (one: unknown, other: unknown) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);

    test('sends ten a call, and none without a message', async () => {
      const { queue, operations, stop } = await proxied();
      const messages = Array.from({ length: 101 }, () => newMessage());
      await queue.sendAll(messages, always);
      await queue.sendAll([], always);
      expect(operations).toEqual(Array(11).fill('SendMessageBatch'));
      expect((await receiveAll(101)).toSorted(byId)).toEqual(messages.toSorted(byId));
      await stop();
    });

    test('sends no more than 1 MiB a call, as SQS counts it: with what is escaped', async () => {
      const { queue, operations, stop } = await proxied();
      // 509 KB each. Two fit, and three do not.
      const large = Array.from({ length: 3 }, () => newMessage({ text: '\uFFFE'.repeat(85 * 1024 - 200) }));
      const messages = [newMessage(), ...large, newMessage()];
      await queue.sendAll(messages, always);
      expect(operations).toHaveLength(2);
      expect((await receiveAll(5)).toSorted(byId)).toEqual(messages.toSorted(byId));
      await stop();
    });

    test('sends to a FIFO queue no two messages of a group in a call, and keeps their order', async () => {
      const { bodies, stop, sqs } = await proxied();
      const queue = sqsChildQueue(sqs, { queueUrl: aws.queueUrl('ordered.fifo') });
      const [group, other] = [newGroup(), newGroup()];
      const messages = [group, other, group, group, other].map((each) => newOrderedMessage(each));
      await queue.sendAll(messages, always);
      const calls = bodies.map((body) => body.match(/"MessageGroupId":"[^"]*"/g) ?? []);
      expect(calls.map(({ length }) => length)).toEqual([2, 1, 2]);
      expect(calls.every((groups) => new Set(groups).size === groups.length)).toBe(true);
      // Sent again within minutes, they are the same ones. Those of the next round are others.
      await queue.sendAll(messages, always);
      const again = messages.slice(2, 4).map((message) => ({ ...message, run: 2 }));
      await queue.sendAll(again, always);
      const ofGroup = messages.filter(({ options }) => options.group === group);
      expect(await drain(() => sqsQueues('ordered.fifo'), group)).toEqual([...ofGroup, ...again]);
      await stop();
    });

    test('throws QueueUnavailableError if SQS is out of reach, or takes some of a call only', async () => {
      const { queue, stop } = await proxied(() => 'refuse');
      await expect(queue.sendAll([newMessage()], always)).rejects.toThrow(QueueUnavailableError);
      await stop();
      const Failed = [{ Id: '1', Code: 'InternalError', SenderFault: false }];
      aws.sqs.middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args);
          return { ...result, output: { ...result.output, Failed } };
        },
        { step: 'initialize', name: 'takeSome' },
      );
      const some = sqsChildQueue(aws.sqs, { queueUrl: aws.queueUrl('server') });
      await expect(some.sendAll([newMessage(), newMessage()], always)).rejects.toThrow(QueueUnavailableError);
      aws.sqs.middlewareStack.remove('takeSome');
      await receiveAll(2);
    });
  });

  test('the messages of a tenant are a group, or of whom of it they are for: SQS treats groups fairly', async () => {
    const { bodies, stop, sqs } = await proxied();
    const standard = ['standard', 'long', 'server', 'bulk', 'waiting'] as const;
    const [own, other] = [{ fairKey: 'one' }, { tenant: 'é'.repeat(500) }];
    for (const name of standard) {
      const queue = sqsJobQueue(sqs, { queueUrl: aws.queueUrl(name) });
      for (const over of [{}, {}, own, own, other]) await queue.send({ ...newMessage(), ...over });
    }
    const children = sqsChildQueue(sqs, { queueUrl: aws.queueUrl('server') });
    await children.sendAll(
      [{}, {}, own, own, other].map((over) => ({ ...newMessage(), ...over })),
      () => true,
    );
    await stop();
    const groups = bodies.flatMap((body) => [...body.matchAll(/"MessageGroupId":"([^"]*)"/g)]);
    const [ofTenant, , ofOne, , ofOther] = groups.map(([, group]) => group);
    const each = [ofTenant, ofTenant, ofOne, ofOne, ofOther];
    expect(groups.map(([, group]) => group)).toEqual([...standard, 'children'].flatMap(() => each));
    expect(new Set(each).size).toBe(3);
    // Of what SQS takes as a group.
    for (const group of each) expect(group).toMatch(/^[\w-]{43}$/);
    expect(bodies.join()).not.toContain('MessageDeduplicationId');
  });

  test('every call of a queue that does not exist throws QueueUnavailableError', async () => {
    const queue = sqsJobQueue(aws.sqs, {
      queueUrl: `${aws.sqsEndpoint}/000000000000/nowhere`,
      quarantineUrl: `${aws.sqsEndpoint}/000000000000/nowhere`,
    });
    await expect(queue.changeVisibility(delivery, 1)).rejects.toThrow(QueueUnavailableError);
    await expect(queue.quarantine(delivery, '')).rejects.toThrow(QueueUnavailableError);
  });
});
