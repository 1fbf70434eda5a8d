import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import {
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { EventSourceMapping } from '../../local/lambda/event-source-mapping.ts';
import { toSqsEvent } from '../../local/lambda/sqs-event.ts';
import { credentials, region } from '../../local/local-aws.ts';
import { QueueCalls } from '../../local/queues/queue-calls.ts';
import { AnswerWatch } from '../../server/answer-watch.ts';
import { deleteTogether } from '../../server/sqs-deletes.ts';
import { maxWaitSeconds, type SqsSource, sqsSource } from '../../server/sqs-source.ts';
import { longPollingSqsClient, systemClock } from '../../shared/aws/clients/clients.ts';
import { QueueUnavailableError } from '../../shared/domain/base/errors.ts';
import type { Clock } from '../../shared/domain/base/ports.ts';
import type { Delivery } from '../../shared/domain/state/ports.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { eventually } from '../integration/eventually.ts';
import { startWireProxy } from '../integration/wire-proxy.ts';
import type { LocalAws } from '../local-aws.ts';
import { startJsonServer } from '../stand-ins/json-server.ts';
import { newLocalAws } from './shared-services.ts';

let aws: LocalAws;
let waiting: SQSClient;
const started: SqsSource[] = [];

function aSource({
  maxJobs = 10,
  visibilitySeconds = 60,
  queueUrl = aws.queueUrl('server'),
  clock = systemClock,
} = {}) {
  const log = recordedLog();
  const source = sqsSource({
    sqs: aws.sqs,
    receivingSqs: waiting,
    queueUrl,
    maxJobs,
    visibilitySeconds,
    clock,
    log,
  });
  started.push(source);
  return { source, log };
}

const send = async (...bodies: readonly string[]) => {
  for (const MessageBody of bodies)
    await aws.sqs.send(new SendMessageCommand({ QueueUrl: aws.queueUrl('server'), MessageBody }));
};

describe('a queue as a server receives from it', () => {
  beforeAll(async () => {
    aws = await newLocalAws();
    Object.assign(process.env, {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_SQS: aws.sqsEndpoint,
    });
    waiting = longPollingSqsClient(maxWaitSeconds);
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((source) => source.stop()));
    await aws.sqs.send(new PurgeQueueCommand({ QueueUrl: aws.queueUrl('server') }));
  });
  afterAll(() => aws.stop());

  describe('what its answers say of the server', () => {
    /** @returns what a server hears whose clock is ahead */
    const heard = async (client: SQSClient, aheadMs = 0) => {
      const watch = new AnswerWatch({ now: () => Date.now() + aheadMs });
      const troubles: unknown[] = [];
      watch.onTrouble = (of, why) => void troubles.push([of, why]);
      const call = new PurgeQueueCommand({ QueueUrl: aws.queueUrl('server') });
      await watch
        .on(client)
        .send(call)
        .catch(() => undefined);
      return { troubles, watch };
    };

    test.each([
      [0, undefined],
      [1_900, undefined],
      [600_000, /^the clock is (599|600) s ahead of that of AWS$/],
      [-600_000, /^the clock is (599|600|601) s behind that of AWS$/],
    ])('a clock that is off by %d ms', async (aheadMs, why) => {
      const { troubles, watch } = await heard(longPollingSqsClient(1), aheadMs);
      expect(troubles).toEqual(why ? [['clock', expect.stringMatching(why)]] : []);
      if (why) await expect(watch.probeClock()).rejects.toThrow(why);
      else await watch.probeClock();
    });

    test.each([
      [400, 'AccessDeniedException', [['calls', 'AccessDeniedException: not this one']]],
      [403, 'ExpiredTokenException', [['calls', 'ExpiredTokenException: not this one']]],
      [403, 'OverLimit', []],
      [400, 'ThrottlingException', []],
    ])('a call that is answered with %d %s', async (status, name, troubles) => {
      const body = { __type: `com.amazonaws.sqs#${name}`, message: 'not this one' };
      const { endpoint, stop } = await startJsonServer(() => ({ status, body }));
      expect(
        (await heard(new SQSClient({ endpoint, region, credentials, maxAttempts: 1 }))).troubles,
      ).toEqual(troubles);
      await stop();
    });
  });

  test('hands each message over with what the worker needs to know of it, and deletes none by itself', async () => {
    const { source } = aSource({ visibilitySeconds: 1 });
    const seen: Delivery[] = [];
    source.start(async (batch) => {
      seen.push(...batch);
      return 10;
    });
    await send('one');
    await eventually(async () => seen.length >= 2 || undefined, 'the message to come twice');
    expect(seen[0]).toMatchObject({ body: 'one', receiveCount: 1 });
    expect(seen[1]).toMatchObject({ messageId: seen[0]?.messageId, receiveCount: 2 });
    expect(Math.abs(Date.now() - (seen[0]?.sentAt ?? 0))).toBeLessThan(60_000);
    expect(source.isReceiving).toBe(true);
    await source.delete(seen.at(-1) ?? { receiptHandle: '' });
  });

  test('asks for no more than there is room, and for nothing while there is none', async () => {
    const { source } = aSource({ maxJobs: 2 });
    const sizes: number[] = [];
    let free: (room: number) => void = () => {};
    source.start((batch) => {
      sizes.push(batch.length);
      return new Promise((resolve) => {
        free = resolve;
      });
    });
    await send('one', 'two', 'three', 'four', 'five');
    const received = () => sizes.reduce((sum, size) => sum + size, 0);
    await eventually(async () => sizes.length > 0 || undefined, 'the first batch');
    expect(sizes[0]).toBeLessThanOrEqual(2);
    const before = received();
    await setTimeout(500);
    expect(received()).toBe(before);
    free(1);
    await eventually(async () => sizes.length > 1 || undefined, 'the second batch');
    expect(sizes[1]).toBe(1);
    free(1);
  });

  test('begins no receive after a stop, which waits for the one that is under way', async () => {
    const { source } = aSource();
    const seen: string[] = [];
    source.start(async (batch) => {
      seen.push(...batch.map(({ body }) => body));
      return 10;
    });
    await setTimeout(200);
    await source.stop();
    expect(source.isReceiving).toBe(false);
    await send('too late');
    await setTimeout(1_500);
    expect(seen).toEqual([]);
  });

  test('waits for as long as SQS does: a message that comes late reaches it at once, and not a receive that was given up', async () => {
    const { source, log } = aSource({ visibilitySeconds: 600 });
    const seen: Delivery[] = [];
    source.start(async (batch) => {
      seen.push(...batch);
      return 10;
    });
    // Longer than the time-out of other calls.
    await setTimeout(4_000);
    await send('late');
    await eventually(async () => seen.length > 0 || undefined, 'the message');
    expect(seen).toMatchObject([{ body: 'late', receiveCount: 1 }]);
    expect(log.lines).toEqual([]);
  });

  test('deletes each message that it is told to, in calls for ten', async () => {
    const { source } = aSource({ visibilitySeconds: 600 });
    const seen: Delivery[] = [];
    source.start(async (batch) => {
      seen.push(...batch);
      return 10;
    });
    const bodies = Array.from({ length: 12 }, (_, place) => `${place}`);
    await send(...bodies);
    await eventually(async () => seen.length === bodies.length || undefined, 'all messages');
    const [first, ...others] = seen;
    const deleted = (deliveries: readonly Delivery[]) =>
      Promise.race([
        Promise.all(deliveries.map((each) => source.delete(each))).then(() => true),
        setTimeout(5_000, false, { ref: false }),
      ]);
    expect(await deleted(others)).toBe(true);
    expect(await deleted(first ? [first] : [])).toBe(true);
    const { Attributes } = await aws.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: aws.queueUrl('server'), AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
    });
  });

  test('is not receiving while SQS refuses, and does not ask in a hot loop', async () => {
    const { source, log } = aSource({ queueUrl: `${aws.queueUrl('server')}-that-is-not-there` });
    source.start(async () => 10);
    await eventually(async () => log.lines.length > 0 || undefined, 'the first error');
    await setTimeout(1_500);
    expect(source.isReceiving).toBe(false);
    expect(log.lines.length).toBeLessThanOrEqual(2);
  });

  test('is receiving again as soon as SQS answers again, and then waits no more between two receives', async () => {
    const proxy = await startWireProxy(aws.sqsEndpoint);
    proxy.treat = () => 'refuse';
    const queueUrl = aws.queueUrl('server').replace(aws.sqsEndpoint, proxy.endpoint);
    let pauses = 0;
    const clock: Clock = {
      ...systemClock,
      sleep: async (_milliseconds, signal) => {
        pauses += 1;
        await systemClock.sleep(100, signal);
      },
    };
    const { source, log } = aSource({ queueUrl, clock });
    const seen: Delivery[] = [];
    source.start(async (batch) => {
      seen.push(...batch);
      return 10;
    });
    await eventually(async () => log.lines.length > 0 || undefined, 'the first error');
    proxy.reset();
    const arrives = async (body: string) => {
      await send(body);
      await eventually(async () => seen.at(-1)?.body === body || undefined, body);
    };
    await arrives('one');
    expect(source.isReceiving).toBe(true);
    const before = pauses;
    await arrives('two');
    expect(pauses).toBe(before);
    await source.stop();
    await proxy.stop();
  });
});

test('of deletions in one call, those fail that SQS refuses, and no others', async () => {
  const Failed = [{ Id: '1', Code: 'ReceiptHandleIsInvalid', SenderFault: true, Message: 'no such handle' }];
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end(JSON.stringify({ Successful: [], Failed })));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sqs = new SQSClient({ endpoint, region, credentials });
  const remove = deleteTogether({ sqs, queueUrl: `${endpoint}/1/queue`, clock: systemClock });
  const removing = ['a', 'b', 'c'].map((receiptHandle) => remove({ receiptHandle }));
  expect(await Promise.allSettled(removing)).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: expect.any(QueueUnavailableError) },
    { status: 'fulfilled' },
  ]);
  sqs.destroy();
  server.close();
});

const name = 'long';

describe('event source mapping', () => {
  let queueCalls: QueueCalls;
  beforeAll(async () => {
    aws = await newLocalAws();
    queueCalls = new QueueCalls(aws.sqsEndpoint);
  });
  afterAll(async () => {
    queueCalls.destroy();
    await aws.stop();
  });

  test('as many batches as it may run are processed at a time, the others wait, and a stop waits for those that run', async () => {
    const begun: (() => void)[] = [];
    const mapping = new EventSourceMapping({
      sqs: queueCalls,
      queueUrl: aws.queueUrl(name),
      queueArn: `arn:aws:sqs:${region}:000000000000:${name}`,
      batchSize: 1,
      concurrency: 2,
      functionName: name,
      invoke: () => new Promise<null>((resolve) => begun.push(() => resolve(null))),
      onError: (error) => {
        throw error;
      },
    });
    const hasBegun = (count: number) =>
      eventually(async () => begun.length >= count || undefined, `${count} invocations`);
    for (const MessageBody of ['1', '2', '3'])
      await aws.sqs.send(new SendMessageCommand({ QueueUrl: aws.queueUrl(name), MessageBody }));

    mapping.start();
    await hasBegun(2);
    // The third would have begun by then: a receive of what is there is answered at once.
    await setTimeout(300);
    expect(begun).toHaveLength(2);

    begun[0]?.();
    await hasBegun(3);

    let hasStopped = false;
    const stopping = mapping.stop().then(() => {
      hasStopped = true;
    });
    begun[1]?.();
    await setTimeout(300);
    expect(hasStopped).toBe(false);
    begun[2]?.();
    await stopping;
  });

  test('a stop does not wait for messages, and one that is sent afterwards reaches the next receiver at once', async () => {
    const QueueUrl = aws.queueUrl('bulk');
    const taken: unknown[] = [];
    const mapping = new EventSourceMapping({
      sqs: queueCalls,
      queueUrl: QueueUrl,
      queueArn: `arn:aws:sqs:${region}:000000000000:bulk`,
      batchSize: 10,
      concurrency: 1,
      functionName: 'bulk',
      invoke: async (event) => void taken.push(event),
      onError: (error) => {
        throw error;
      },
    });
    mapping.start();
    await setTimeout(300);
    const stoppedAt = Date.now();
    await mapping.stop();
    expect(Date.now() - stoppedAt).toBeLessThan(1_000);

    await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'late' }));
    const receive = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 });
    expect((await aws.sqs.send(receive)).Messages).toMatchObject([{ Body: 'late' }]);
    expect(taken).toEqual([]);
  });

  test('a batch has attributes with texts and bytes, and what is not deleted is given to the next receiver when it is visible', async () => {
    const queueUrl = aws.queueUrl('notify');
    const bytes = Buffer.from([0, 255, 10]);
    await aws.sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: 'with attributes',
        MessageAttributes: {
          text: { DataType: 'String', StringValue: 'Grüße' },
          bytes: { DataType: 'Binary', BinaryValue: bytes },
        },
      }),
    );
    const receive = { queueUrl, maxMessages: 10, waitSeconds: 1 };
    const first = await queueCalls.receive(receive, AbortSignal.timeout(5_000));
    expect(toSqsEvent(first, 'arn:aws:sqs:eu-central-1:1:notify').Records).toMatchObject([
      {
        body: 'with attributes',
        attributes: { ApproximateReceiveCount: '1' },
        messageAttributes: {
          text: { stringValue: 'Grüße' },
          bytes: { binaryValue: bytes.toString('base64') },
        },
      },
    ]);

    await queueCalls.makeVisible(queueUrl, first, 0);
    const second = await queueCalls.receive(receive, AbortSignal.timeout(5_000));
    expect(second).toMatchObject([{ Body: 'with attributes', Attributes: { ApproximateReceiveCount: '2' } }]);
    expect(await queueCalls.delete(queueUrl, second)).toEqual([]);
    const stopped = new AbortController();
    const third = queueCalls.receive({ ...receive, waitSeconds: 20 }, stopped.signal);
    stopped.abort();
    await expect(third).rejects.toThrow('abort');
    await expect(
      queueCalls.receive({ ...receive, queueUrl: `${queueUrl}-of-nobody` }, AbortSignal.timeout(5_000)),
    ).rejects.toThrow('queue does not exist');
  });
});
