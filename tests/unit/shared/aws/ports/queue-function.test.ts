import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { queueFunction, returnDeliveries } from '../../../../../shared/aws/ports/queue-function.ts';
import { leases, metrics } from '../../../../../shared/aws/uses/capabilities.ts';
import { ConfigError } from '../../../../../shared/domain/base/errors.ts';
import { InMemoryJobQueue } from '../../../../../testkit/fakes/in-memory-queues.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { lambdaContext } from '../../../../../testkit/play/lambda-context.ts';
import { captureConsole } from '../../../../set-ups/captured-console.ts';
import { record, tenRecords } from '../../../../set-ups/deliveries.ts';

const context = lambdaContext(Date.now, 30_000);
const readable = {
  ...{ LEASE_SECONDS: '60', HEARTBEAT_SECONDS: '20', UNKNOWN_TYPE_HOURS: '24' },
  ...{ SPAWN_ALLOWANCE: '1000', KEEP_LOGS: 'false' },
};
const metered = { METRICS: 'off', METRICS_NAMESPACE: 'job-worker-prod' };
const onLambda = { AWS_LAMBDA_FUNCTION_NAME: 'job-worker-prod-longWorker', AWS_LAMBDA_FUNCTION_VERSION: '7' };
const secret = 'a-value-that-nobody-is-shown';

interface FunctionSetup {
  readonly environment: Readonly<Record<string, string>>;
  readonly make?: () => Promise<never>;
  readonly write?: (line: string) => void;
}

const made = ({ environment, make, write = () => {} }: FunctionSetup) =>
  queueFunction(
    { name: 'long-worker', queues: ['long', 'ordered'], uses: { leases, metrics }, environment, write },
    async (env) => {
      await make?.();
      return async () => ({ batchItemFailures: [{ itemIdentifier: `lease of ${env.LEASE_SECONDS}` }] });
    },
  );

describe('a function that processes queues', () => {
  test('is made of its configuration', async () => {
    const run = await made({ environment: { ...readable, ...metered, ...onLambda } });
    expect(await run({ Records: [] }, context)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'lease of 60' }],
    });
  });

  test('cannot be loaded if anything else than its configuration is wrong', async () => {
    const make = () => Promise.reject(new TypeError('no'));
    await expect(made({ environment: { ...readable, ...metered, ...onLambda }, make })).rejects.toThrow(
      TypeError,
    );
  });

  test('cannot be loaded without its configuration where nobody calls it, as at packaging', async () => {
    await expect(made({ environment: {} })).rejects.toThrow(ConfigError);
  });
});

describe('a function that cannot read its configuration', () => {
  const { lines, restore } = captureConsole();
  const requests: { readonly target: unknown; readonly body: unknown }[] = [];
  let server: Server;
  let endpoint = '';

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      requests.push({ target: request.headers['x-amz-target'], body: JSON.parse(await text(request)) });
      response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    endpoint = `http://127.0.0.1:${port}`;
    // For the client, which no test hands in.
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_SQS: endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
    });
  });
  afterAll(() => {
    restore();
    delete process.env.AWS_ENDPOINT_URL_SQS;
    server.closeAllConnections();
    server.close();
  });

  test.each([
    ['long', 'long'],
    ['ordered.fifo', 'ordered'],
    ['ordered-2.fifo', 'ordered'],
  ])('returns all messages of the queue %s, with one line and one metric', async (queueName, Queue) => {
    requests.length = 0;
    lines.length = 0;
    const emf: string[] = [];
    const { LEASE_SECONDS: _missing, ...rest } = readable;
    const run = await made({
      environment: {
        ...{
          ...rest,
          ...onLambda,
          HEARTBEAT_SECONDS: secret,
          POWERTOOLS_LOG_LEVEL: 'DEBUG',
          POWERTOOLS_DEV: 'true',
        },
        AWS_ENDPOINT_URL_SQS: endpoint,
      },
      write: (line) => emf.push(line),
    });
    const eventSourceARN = `arn:aws:sqs:eu-central-1:123456789012:job-worker-prod-${queueName}`;
    const Records = [record(1), record(2, { receiveCount: 2 })].map((each) => ({ ...each, eventSourceARN }));
    expect(await run({ Records }, context)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-1' }, { itemIdentifier: 'message-2' }],
    });
    const QueueUrl = `${endpoint}/123456789012/job-worker-prod-${queueName}`;
    const changed = { target: 'AmazonSQS.ChangeMessageVisibility' };
    expect(requests).toHaveLength(2);
    expect(requests).toEqual(
      expect.arrayContaining([
        { ...changed, body: { QueueUrl, ReceiptHandle: 'receipt-1', VisibilityTimeout: 30 } },
        { ...changed, body: { QueueUrl, ReceiptHandle: 'receipt-2', VisibilityTimeout: 60 } },
      ]),
    );
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { level: 'ERROR', message: 'configuration unreadable', version: '7', eventSourceARN },
    ]);
    expect(lines.join()).toContain('LEASE_SECONDS is missing; HEARTBEAT_SECONDS: ');
    expect(lines.join()).not.toContain(secret);
    expect(emf.map((line): unknown => JSON.parse(line))).toMatchObject([
      {
        _aws: { CloudWatchMetrics: [{ Namespace: 'job-worker-prod', Dimensions: [['Queue']] }] },
        ...{ Queue, ConfigurationUnreadable: 1 },
      },
    ]);
  });
});

describe('a batch that is returned', () => {
  test('is reported as failed, also if SQS cannot be reached', async () => {
    const queue = new InMemoryJobQueue();
    queue.failing.add('changeVisibility');
    const log = recordedLog();
    const { batchItemFailures } = await returnDeliveries({ Records: [...tenRecords] }, { queue, log });
    expect(batchItemFailures).toHaveLength(10);
    expect(log.lines).toHaveLength(10);
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });

  test('comes back within two minutes, and is no dead letter for more than a day', async () => {
    const queue = new InMemoryJobQueue();
    const log = recordedLog();
    const maxReceiveCount = 1000;
    for (let receiveCount = 1; receiveCount <= maxReceiveCount; receiveCount += 1)
      await returnDeliveries({ Records: [record(1, { receiveCount })] }, { queue, log });
    const hidden = queue.visibilityChanges.map(({ seconds }) => seconds);
    expect(hidden.slice(0, 5)).toEqual([30, 60, 90, 120, 120]);
    expect(Math.max(...hidden)).toBe(120);
    expect(hidden.reduce((sum, seconds) => sum + seconds, 0) / 3600).toBeCloseTo(33.3, 1);
    // A worker that can read its configuration sends it anew from this receive on, or ends the job of a group.
    expect(hidden.slice(0, 900).reduce((sum, seconds) => sum + seconds, 0) / 3600).toBeCloseTo(29.95, 1);
  });
});
