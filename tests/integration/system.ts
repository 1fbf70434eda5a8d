import { setTimeout } from 'node:timers/promises';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyStructuredResultV2, Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { EventSourceMapping } from '../../local/event-source-mapping.ts';
import { credentials, region } from '../../local/local-account.ts';
import { type JobResponse, jobResponse } from '../../shared/contracts/job-response.ts';
import { isTerminal } from '../../shared/job.ts';
import { type LocalAws, type LocalQueue, startLocalAws } from '../local-aws.ts';
import { httpEvent, lambdaContext } from './events.ts';
import { startWireProxy, type WireProxy } from './wire-proxy.ts';

type Http = (event: ReturnType<typeof httpEvent>) => Promise<APIGatewayProxyStructuredResultV2>;
type Sqs = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** The deployed system on the emulators: real handlers, real event source mapping, the wire in between watched. */
export interface System {
  readonly aws: LocalAws;
  readonly table: WireProxy;
  readonly queue: WireProxy;
  readonly worker: Sqs;
  readonly deadletter: Sqs;
  readonly mappings: readonly EventSourceMapping[];
  call(
    method: string,
    path: string,
    more?: { body?: string; headers?: Record<string, string> },
  ): Promise<Answer>;
  submit(type: string, payload: unknown, headers?: Record<string, string>): Promise<JobResponse>;
  get(id: string): Promise<JobResponse>;
  finished(id: string): Promise<JobResponse>;
  send(body: string): Promise<void>;
  /** Waits until the queue holds nothing, visible or hidden. */
  drained(name?: LocalQueue): Promise<void>;
  /** Receives what is in a queue. */
  peek(name: LocalQueue): Promise<readonly { body: string; reason: string | undefined }[]>;
  stop(): Promise<void>;
}

const patienceMs = 90_000;

/** @param longSeconds how long the long worker's function may run */
export async function startSystem({ longSeconds = 60 } = {}): Promise<System> {
  const aws = await startLocalAws();
  const table = await startWireProxy(aws.dynamoDbEndpoint);
  const queue = await startWireProxy(aws.sqsEndpoint);
  const through = (name: LocalQueue) => aws.queueUrl(name).replace(aws.sqsEndpoint, queue.endpoint);
  const base = {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    TABLE_NAME: aws.tableName,
    JOB_ID_SECRET: 'a secret of the integration tests',
    QUEUE_URL: through('standard'),
    STANDARD_QUEUE_URL: through('standard'),
    LONG_QUEUE_URL: through('long'),
    DEAD_LETTER_QUEUE_URL: through('standard-dead-letter'),
    UNREADABLE_QUEUE_URL: through('unreadable'),
    LEASE_SECONDS: '4',
    HEARTBEAT_SECONDS: '1',
    HIDE_AT_CLAIM: 'false',
    RETENTION_DAYS: '15',
  };
  Object.assign(process.env, base);
  const { handler: submit } = await import('../../functions/submit/handler.ts');
  const { handler: status } = await import('../../functions/status/handler.ts');
  const { cancel, retry } = await import('../../functions/control/handler.ts');
  const { handler: worker } = await import('../../functions/worker/handler.ts');
  Object.assign(process.env, { QUEUE_URL: through('standard-dead-letter') });
  const { handler: deadletter } = await import('../../functions/deadletter/handler.ts');
  // The same module again, as another function's.
  Object.assign(process.env, {
    QUEUE_URL: through('long'),
    DEAD_LETTER_QUEUE_URL: through('long-dead-letter'),
    HIDE_AT_CLAIM: 'true',
  });
  const again = '../../functions/worker/handler.ts?long';
  const { handler: longWorker }: { handler: Sqs } = await import(again);
  const routes: Record<string, Http> = { submit, status, cancel, retry };

  const errors: Error[] = [];
  const mapping = (name: LocalQueue, handler: Sqs, { batchSize = 10, seconds = 60, concurrency = 4 } = {}) =>
    new EventSourceMapping({
      sqs: aws.sqs,
      queueUrl: aws.queueUrl(name),
      queueArn: `arn:aws:sqs:${region}:000000000000:${name}`,
      batchSize,
      concurrency,
      functionName: name,
      invoke: (event) => handler(event, lambdaContext(seconds * 1000)),
      onError: (error) => errors.push(error),
    });
  const asSqs = (handler: unknown): Sqs => handler as Sqs;
  const mappings = [
    mapping('standard', asSqs(worker)),
    mapping('long', longWorker, { batchSize: 1, seconds: longSeconds, concurrency: 10 }),
    mapping('standard-dead-letter', asSqs(deadletter), { seconds: 30 }),
  ];

  const call: System['call'] = async (method, path, more = {}) => {
    const [, , id, action] = path.split('/');
    const route = routes[action ?? (method === 'POST' ? 'submit' : 'status')];
    if (!route) throw new Error(`no route for ${path}`);
    const answer = await route(httpEvent(method, path, { ...more, id }));
    return { status: answer.statusCode ?? 0, headers: answer.headers ?? {}, body: answer.body ?? '' };
  };
  const parse = ({ body }: Answer): JobResponse => jobResponse.parse(JSON.parse(body));

  return {
    aws,
    table,
    queue,
    worker: asSqs(worker),
    deadletter: asSqs(deadletter),
    mappings,
    call,
    async submit(type, payload, headers = {}) {
      const body = JSON.stringify({ type, payload });
      let answer = await call('POST', '/jobs', { body, headers });
      while (answer.status === 503 && headers['idempotency-key'])
        answer = await call('POST', '/jobs', { body, headers });
      if (answer.status !== 202) throw new Error(`${answer.status}: ${answer.body}`);
      return parse(answer);
    },
    get: async (id) => parse(await call('GET', `/jobs/${id}`)),
    async finished(id) {
      return eventually(async () => {
        const answer = await call('GET', `/jobs/${id}`);
        // On a machine that is busy the emulator may be too slow for the SDK: a client asks again then.
        const job = answer.status === 503 ? undefined : parse(answer);
        return job && isTerminal(job.status) ? job : undefined;
      }, `job ${id} to finish`);
    },
    async send(body) {
      await aws.sqs.send(new SendMessageCommand({ QueueUrl: aws.queueUrl('standard'), MessageBody: body }));
    },
    async drained(name = 'standard') {
      await eventually(async () => {
        const { Attributes = {} } = await aws.sqs.send(
          new GetQueueAttributesCommand({ QueueUrl: aws.queueUrl(name), AttributeNames: ['All'] }),
        );
        const left = [
          Attributes.ApproximateNumberOfMessages,
          Attributes.ApproximateNumberOfMessagesNotVisible,
          Attributes.ApproximateNumberOfMessagesDelayed,
        ].map(Number);
        return left.every((count) => count === 0) || undefined;
      }, `${name} to be empty`);
    },
    async peek(name) {
      const { Messages = [] } = await aws.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: aws.queueUrl(name),
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
        }),
      );
      return Messages.map(({ Body = '', MessageAttributes = {} }) => ({
        body: Body,
        reason: MessageAttributes.reason?.StringValue,
      }));
    },
    async stop() {
      await Promise.all(mappings.map((each) => each.stop(2_000)));
      await Promise.all([table.stop(), queue.stop()]);
      await aws.stop();
    },
  };
}

/** Asks again and again until there is an answer. */
export async function eventually<T>(ask: () => Promise<T | undefined>, what: string): Promise<T> {
  const end = Date.now() + patienceMs;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await setTimeout(100);
  }
  throw new Error(`waited ${patienceMs / 1000} s in vain for ${what}`);
}
