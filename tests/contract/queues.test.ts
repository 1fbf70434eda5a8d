import { hash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteMessageCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { findChangedQueues } from '../../infra/guards/changed-queues.ts';
import { credentials, region } from '../../local/local-aws.ts';
import { type ReadMetricData, signedMetricData } from '../../shared/aws/observe/metric-data.ts';
import { fairGroup, sqsJobQueue } from '../../shared/aws/queues/job-queue.ts';
import {
  sqsEndpointTryQueue,
  sqsNotificationDeadLetters,
  sqsNotificationQueue,
  sqsSlowNotificationQueue,
} from '../../shared/aws/queues/notification-queue.ts';
import { oldestMessages } from '../../shared/aws/queues/oldest-messages.ts';
import { orderedCounts } from '../../shared/aws/queues/ordered-counts.ts';
import { sqsPointerQueue } from '../../shared/aws/queues/pointer-queue.ts';
import { queueFigures } from '../../shared/aws/queues/queue-figures.ts';
import { toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { QueueUnavailableError } from '../../shared/domain/base/errors.ts';
import { queuesWith, stageQueues } from '../../shared/domain/base/queue-figures.ts';
import { endpointTryVersion } from '../../shared/domain/base/version.ts';
import { type NotificationMessage, notificationMessage } from '../../shared/domain/notify/notification.ts';
import type { NotificationDeadLetters, NotificationQueue } from '../../shared/domain/notify/ports.ts';
import type { PointerQueue } from '../../shared/domain/schedules/schedule-ports.ts';
import { readMessageAs } from '../../shared/domain/state/job/message.ts';
import { type JobPointer, pointerTo } from '../../shared/domain/state/job/pointer.ts';
import { type Pause, pausesId } from '../../shared/domain/state/limits/pause.ts';
import { queueList } from '../../shared/http/families/queues.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import {
  DelayingNotificationQueue,
  InMemoryNotificationDeadLetters,
  InMemoryPointerQueue,
} from '../../testkit/fakes/in-memory-queues.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { takeFrom } from '../integration/local-schedules.ts';
import { type Answer, answering, withServer } from '../integration/scripted-server.ts';
import { startWireProxy } from '../integration/wire-proxy.ts';
import { environmentOn, type LocalAws, type LocalQueue } from '../local-aws.ts';
import { aNotification } from '../set-ups/notify.ts';
import { anId } from '../set-ups/samples.ts';
import { testedSqsClient } from './lean/tested-clients.ts';
import { newLocalAws } from './shared-services.ts';

/** The queue, and what a test needs besides the port. */
interface PointerQueueUnderTest {
  readonly queue: PointerQueue;
  /** The texts that are visible. */
  receive(): Promise<readonly string[]>;
  /** The same queue, while it cannot be reached. */
  readonly unavailable: PointerQueue;
}

let count = 0;
/** Each is of another job. */
function newPointer(): JobPointer {
  count += 1;
  return pointerTo({ id: anId(count), run: 2, fingerprint: 'f/+= ü' });
}

/** What the fake and the adapter must have in common. */
function describePointerQueue(name: string, make: () => PointerQueueUnderTest): void {
  const received = async ({ id }: JobPointer) =>
    (await make().receive()).map((text) => JSON.parse(text)).filter((pointer) => pointer.id === id);

  describe(`${name} as a PointerQueue`, () => {
    test('delivers a pointer as it was sent', async () => {
      const pointer = newPointer();
      await make().queue.send(pointer);
      expect(await received(pointer)).toEqual([pointer]);
    });

    test('does not deliver a pointer before its delay is over, also if that is longer than SQS allows', async () => {
      for (const delaySeconds of [60, 100_000]) {
        const pointer = newPointer();
        await make().queue.send(pointer, delaySeconds);
        expect(await received(pointer)).toEqual([]);
      }
    });

    test('throws QueueUnavailableError', async () => {
      await expect(make().unavailable.send(newPointer())).rejects.toThrow(QueueUnavailableError);
    });
  });
}

const failing = new InMemoryPointerQueue();

let aws: LocalAws;

describe('pointer queue', () => {
  const fake = new InMemoryPointerQueue();
  failing.isFailing = true;
  describePointerQueue('InMemoryPointerQueue', () => ({
    queue: fake,
    receive: async () =>
      fake.sent
        .filter(({ delaySeconds }) => delaySeconds === 0)
        .map(({ pointer }) => JSON.stringify(pointer)),
    unavailable: failing,
  }));
  beforeAll(async () => {
    aws = await newLocalAws();
    // For calls without a client: the same account.
    process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
  });
  afterAll(() => aws.stop());

  describePointerQueue('sqsPointerQueue', () => ({
    queue: sqsPointerQueue(aws.sqs, aws.env),
    receive: async () => (await takeFrom(aws.sqs, aws.queueUrl('waiting'))).map(({ body }) => body),
    unavailable: sqsPointerQueue(aws.sqs, environmentOn(aws, 'nowhere')),
  }));

  test('the pointers of a tenant are a group, beside that of its messages', async () => {
    const wire = await startWireProxy(aws.sqsEndpoint);
    const groups: unknown[] = [];
    wire.treat = (_operation, body) => {
      groups.push(JSON.parse(body).MessageGroupId);
      return 'pass';
    };
    const sqs = testedSqsClient({ endpoint: wire.endpoint, region, credentials });
    const queue = sqsPointerQueue(sqs, aws.env);
    for (const tenant of ['a', 'a', 'b', undefined]) await queue.send(newPointer(), 0, tenant);
    sqs.destroy();
    await wire.stop();
    const [one, same, other, none] = groups;
    expect([same, other === one, none]).toEqual([one, false, undefined]);
    expect(one).not.toBe(fairGroup({ tenant: 'a' }).MessageGroupId);
  });
});

/** The queue and its dead letters, and what a test needs besides the ports: to receive, and to let time pass. */
interface NotificationQueueUnderTest {
  readonly queue: NotificationQueue;
  readonly deadLetters: NotificationDeadLetters;
  receive(): Promise<readonly NotificationMessage[]>;
  receiveDeadLetters(): Promise<
    readonly { readonly message: NotificationMessage; readonly reason: string }[]
  >;
  /** Lets real or virtual time pass. */
  pass(seconds: number): Promise<void>;
}
/** Each is of another job. */
const newNotification = (over: Partial<NotificationMessage> = {}): NotificationMessage => {
  count += 1;
  return aNotification({ jobId: anId(count), ...over });
};

/** What the fake and the adapter must have in common. */
function describeNotificationQueue(name: string, make: () => NotificationQueueUnderTest): void {
  const received = async (jobId: string) => (await make().receive()).filter((each) => each.jobId === jobId);

  describe(`${name} as a NotificationQueue`, () => {
    test('delivers a message as it was sent, whatever its texts', async () => {
      const text = 'ü 🎈 \u0000 \u001f \uFFFE \uFFFF \ud800 <&>"\'';
      const message = newNotification({
        tenant: text,
        tags: [text],
        error: { name: 'Error', message: text },
        target: { email: 'a@example.com' },
        attempts: 3,
        dueAt: 1_800_000_000_000,
      });
      await make().queue.send(message);
      expect(await received(message.jobId)).toEqual([message]);
    });

    test('delivers a message after its delay', async () => {
      const message = newNotification();
      await make().queue.send(message, 1.5);
      expect(await received(message.jobId)).toEqual([]);
      await make().pass(2.5);
      expect(await received(message.jobId)).toEqual([message]);
    });

    test('takes a longer delay than SQS has as that of SQS', async () => {
      const message = newNotification();
      await make().queue.send(message, 100_000);
      expect(await received(message.jobId)).toEqual([]);
    });

    test('keeps dead letters, with the reason', async () => {
      const message = newNotification({ error: { name: 'Error', message: '\uFFFE' } });
      await make().deadLetters.send(message, 'HTTP 500');
      expect(await make().receiveDeadLetters()).toContainEqual({ message, reason: 'HTTP 500' });
      expect(await received(message.jobId)).toEqual([]);
    });
  });
}

const clock = new FixedClock();
const fakeDeadLetters = new InMemoryNotificationDeadLetters();

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

const receiveDeadLetters = async () =>
  (await take('notify-dead-letter')).map((message) => ({
    message: read(message),
    reason: message.MessageAttributes?.reason?.StringValue ?? '',
  }));

describe('notification queue', () => {
  const fake = new DelayingNotificationQueue(clock);
  describeNotificationQueue('DelayingNotificationQueue', () => ({
    queue: fake,
    deadLetters: fakeDeadLetters,
    receive: async () => fake.take(),
    receiveDeadLetters: async () => fakeDeadLetters.sent,
    pass: (seconds) => clock.advance(seconds * 1000),
  }));
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describeNotificationQueue('sqsNotificationQueue', () => ({
    queue: sqsNotificationQueue(aws.sqs, aws.env),
    deadLetters: sqsNotificationDeadLetters(aws.sqs, aws.env),
    receive: async () => (await take('notify')).map(read),
    receiveDeadLetters,
    pass: (seconds) => setTimeout(seconds * 1000),
  }));

  describeNotificationQueue('sqsSlowNotificationQueue', () => ({
    queue: sqsSlowNotificationQueue(aws.sqs, aws.env),
    deadLetters: sqsNotificationDeadLetters(aws.sqs, aws.env),
    receive: async () => (await take('notify-slow')).map(read),
    receiveDeadLetters,
    pass: (seconds) => setTimeout(seconds * 1000),
  }));

  // The emulator takes the group of a standard queue's message, and forgets it: the test reads the request.
  test.each([
    ['common', sqsNotificationQueue],
    ['slow', sqsSlowNotificationQueue],
  ])(
    'the messages of a tenant are a group of the %s queue, which SQS treats fairly beside those of others',
    async (_name, queueOf) => {
      const wire = await startWireProxy(aws.sqsEndpoint);
      const groups: string[] = [];
      wire.treat = (_operation, body) => {
        groups.push(z.object({ MessageGroupId: z.string() }).parse(JSON.parse(body)).MessageGroupId);
        return 'pass';
      };
      const sqs = testedSqsClient({ endpoint: wire.endpoint, region, credentials });
      const queue = queueOf(sqs, aws.env);
      for (const tenant of ['a', 'a', 'é'.repeat(500)]) await queue.send(aNotification({ tenant }));
      sqs.destroy();
      await wire.stop();
      const [one, same, other] = groups;
      expect([groups.length, same, other === one]).toEqual([3, one, false]);
      // What SQS takes as a group.
      for (const group of groups) expect(group).toMatch(/^[\w!-/:-@[-`{-~]{1,128}$/);
    },
  );

  test('a try of an endpoint is with those that may be slow: it may wait for an answer', async () => {
    const endpoint = { tenant: 'a', origin: 'https://a.example' };
    const message = { version: endpointTryVersion, tryEndpoint: endpoint, pass: 1, dueAt: 0 };
    await sqsEndpointTryQueue(aws.sqs, aws.env).send(message, 0);
    const bodies = (await take('notify-slow')).map(({ Body = '' }) => JSON.parse(Body));
    expect(bodies).toContainEqual(message);
  });

  test('every call of a queue that does not exist throws QueueUnavailableError', async () => {
    const nowhere = environmentOn(aws, 'nowhere');
    const sent = sqsNotificationQueue(aws.sqs, nowhere).send(aNotification());
    await expect(sent).rejects.toThrow(QueueUnavailableError);
    const handed = sqsSlowNotificationQueue(aws.sqs, nowhere).send(aNotification());
    await expect(handed).rejects.toThrow(QueueUnavailableError);
    const given = sqsNotificationDeadLetters(aws.sqs, nowhere).send(aNotification(), 'HTTP 500');
    await expect(given).rejects.toThrow(QueueUnavailableError);
  });
});

const maxMessageBytes = 1024 * 1024;

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

describe('quarantine', () => {
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

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
});

const readerOf = (env: LocalAws['env']) =>
  queueFigures(env, { sqs: aws.sqs, clock: new FixedClock(), log: recordedLog() });

const send = (name: LocalQueue, DelaySeconds = 0) =>
  aws.sqs.send(new SendMessageCommand({ QueueUrl: aws.queueUrl(name), MessageBody: 'a job', DelaySeconds }));

describe('queue figures', () => {
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  test('the figures of every queue are its own: what can be received, what was, what is delayed', async () => {
    await Promise.all([send('standard'), send('standard'), send('long'), send('waiting', 600)]);
    await Promise.all([
      send('notify-slow', 600),
      send('quarantine'),
      send('notify-dead-letter'),
      send('notify-dead-letter'),
    ]);
    await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl: aws.queueUrl('long') }));
    const figures = await readerOf(aws.env).read();
    const empty = { visible: 0, inFlight: 0, delayed: 0 };
    expect(figures).toEqual([
      { ...empty, name: 'standard', visible: 2 },
      { ...empty, name: 'long', inFlight: 1 },
      { ...empty, name: 'server' },
      { ...empty, name: 'bulk' },
      { ...empty, name: 'ordered.fifo' },
      { ...empty, name: 'waiting', delayed: 1 },
      { ...empty, name: 'dead-letter' },
      { ...empty, name: 'dead-letter.fifo' },
      { ...empty, name: 'quarantine', visible: 1 },
      { ...empty, name: 'notify' },
      { ...empty, name: 'notify-slow', delayed: 1 },
      { ...empty, name: 'notify-dead-letter', visible: 2 },
    ]);
    expect(figures.map(({ name }) => name)).toEqual([...stageQueues]);
    expect(queueList.safeParse({ items: figures }).success).toBe(true);
  });

  test('a stage with two ordered queues has the figures of both, and counts each by its number', async () => {
    const env = { ...aws.env, ORDERED_QUEUES: 2 };
    const text = { QueueUrl: aws.queueUrl('ordered-2.fifo'), MessageBody: 'x' };
    for (const id of ['a', 'b'])
      await aws.sqs.send(new SendMessageCommand({ ...text, MessageGroupId: id, MessageDeduplicationId: id }));
    await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl: text.QueueUrl }));
    const figures = await readerOf(env).read();
    expect(figures.map(({ name }) => name)).toEqual(queuesWith(2));
    expect(figures.find(({ name }) => name === 'ordered-2.fifo')).toMatchObject({ visible: 1, inFlight: 1 });
    const count = orderedCounts(aws.sqs, env);
    expect([await count(1), await count(2)]).toEqual([0, 2]);
    await expect(count(3)).rejects.toBeInstanceOf(QueueUnavailableError);
  });

  test('a deployment with another number of ordered queues is refused, unless the stage is drained', async () => {
    const stack = `${aws.queueUrl('ordered.fifo').split('/').at(-1)}`.replace('-ordered.fifo', '');
    const clients = { sqs: aws.sqs, dynamoDb: aws.dynamoDb };
    const found = (orderedQueues: number, over: Partial<typeof clients> = {}) =>
      findChangedQueues({ stack, orderedQueues, jobTable: aws.tableName }, { ...clients, ...over });
    const pause = (one: Pause) =>
      aws.dynamoDb.send(
        new PutItemCommand({ TableName: aws.tableName, Item: toAttributes({ id: pausesId, stage: one }) }),
      );
    const refused = (why: string) => ({
      problem: expect.stringMatching(`the stage has 2\\..*${why}.*Set orderedQueues to 2`),
    });
    expect(await found(2)).toEqual({});
    expect(await findChangedQueues({ stack: 'nothing', orderedQueues: 3 }, clients)).toEqual({});
    for (const number of [1, 3, 8]) expect(await found(number)).toEqual(refused('have 2 messages'));
    await aws.sqs.send(new PurgeQueueCommand({ QueueUrl: aws.queueUrl('ordered-2.fifo') }));
    expect(await found(3)).toEqual(refused('no pause of the stage has refused submissions for two minutes'));
    const at = Date.now();
    const pauses: readonly Pause[] = [
      { at: at - 180_000, by: 'x' },
      { at, by: 'x', submissions: 'refuse' },
      { at: at - 180_000, by: 'x', submissions: 'refuse', until: at - 1 },
    ];
    for (const one of pauses) {
      await pause(one);
      expect(await found(3)).toEqual(refused('no pause of the stage'));
    }
    await pause({ at: at - 180_000, by: 'x', submissions: 'refuse' });
    expect(await found(3)).toEqual({ warning: expect.stringContaining('It is drained') });
    const nowhere = testedSqsClient({ endpoint: 'http://127.0.0.1:1', region, credentials, maxAttempts: 1 });
    expect(await found(2, { sqs: nowhere })).toEqual({ warning: expect.stringContaining('is not known') });
    nowhere.destroy();
  });

  test('a queue that cannot be asked is named', async () => {
    const reading = readerOf({
      ...aws.env,
      QUARANTINE_QUEUE_URL: aws.queueUrl('quarantine').replace(/quarantine$/, 'nowhere'),
    }).read();
    await expect(reading).rejects.toBeInstanceOf(QueueUnavailableError);
    await expect(reading).rejects.toThrow('the figures of the queue quarantine could not be read');
  });
});

const asked = z.object({
  StartTime: z.number(),
  EndTime: z.number(),
  MetricDataQueries: z.array(
    z.object({
      Id: z.string(),
      MetricStat: z.object({
        Metric: z.object({
          Namespace: z.literal('AWS/SQS'),
          MetricName: z.literal('ApproximateAgeOfOldestMessage'),
          Dimensions: z.tuple([z.object({ Name: z.literal('QueueName'), Value: z.string() })]),
        }),
      }),
    }),
  ),
});

const queues = {
  standard: 'https://sqs.eu-central-1.amazonaws.com/1/job-worker-prod-standard',
  quarantine: 'https://sqs.eu-central-1.amazonaws.com/1/job-worker-prod-quarantine',
};

/** A CloudWatch that speaks CloudWatch's protocol, as far as ages are read. The newest value comes first. */
async function withCloudWatch(
  values: readonly number[],
  use: (readMetrics: ReadMetricData, calls: z.infer<typeof asked>[]) => Promise<void>,
): Promise<void> {
  const calls: z.infer<typeof asked>[] = [];
  const answer: Answer = async (response, request) => {
    expect(request.headers['x-amz-target']).toBe('GraniteServiceVersion20100801.GetMetricData');
    const call = asked.parse(JSON.parse(await text(request)));
    calls.push(call);
    const results = call.MetricDataQueries.map(({ Id, MetricStat: { Metric } }) => ({
      Id,
      StatusCode: 'Complete',
      Timestamps: [],
      Values: Metric.Dimensions[0].Value === 'job-worker-prod-standard' ? values : [],
    }));
    answering(200, { MetricDataResults: results })(response, request);
  };
  await withServer(answer, async (endpoint) => {
    await use(signedMetricData({ AWS_REGION: region, AWS_ENDPOINT_URL_CLOUDWATCH: endpoint }), calls);
  });
}

describe('oldest messages', () => {
  test('the age of a queue is the newest that CloudWatch has, and one without messages has none', () =>
    withCloudWatch([240, 180], async (readMetrics, calls) => {
      const clock = new FixedClock();
      const ages = oldestMessages(readMetrics, { queues, clock, log: recordedLog() });
      expect([...(await ages.read())]).toEqual([['standard', 240]]);
      expect(calls).toMatchObject([{ EndTime: clock.now() / 1000, StartTime: clock.now() / 1000 - 600 }]);
    }));

  test('CloudWatch, which charges each metric, is asked once a minute at most', () =>
    withCloudWatch([240], async (readMetrics, calls) => {
      const start = new FixedClock().now();
      let now = start;
      const ages = oldestMessages(readMetrics, { queues, clock: { now: () => now }, log: recordedLog() });
      for (now = start; now < start + 60_000; now += 10_000) expect((await ages.read()).size).toBe(1);
      expect(calls).toHaveLength(1);
      await ages.read();
      expect(calls).toHaveLength(2);
    }));

  test('without an answer there are no ages, and the log says why', () =>
    withServer(answering(403, { __type: 'AccessDeniedException', message: 'no' }), async (endpoint) => {
      const log = recordedLog();
      const readMetrics = signedMetricData({ AWS_REGION: region, AWS_ENDPOINT_URL_CLOUDWATCH: endpoint });
      const ages = oldestMessages(readMetrics, { queues, clock: new FixedClock(), log });
      expect((await ages.read()).size).toBe(0);
      expect(log.lines).toMatchObject([{ level: 'warn', message: 'ages of messages not read' }]);
    }));

  test('where there is no CloudWatch, nobody is asked', async () => {
    const ages = oldestMessages(undefined, { queues, clock: new FixedClock(), log: recordedLog() });
    expect((await ages.read()).size).toBe(0);
  });
});
