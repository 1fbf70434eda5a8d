import { randomUUID } from 'node:crypto';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { credentials, region } from '../../local/local-aws.ts';
import { type JobResponse, jobResponse } from '../../shared/http/job-response.ts';
import type { SubmitRequest } from '../../shared/http/submit-request.ts';
import { isTerminal } from '../../shared/job/transitions.ts';
import { type LocalAws, type LocalQueue, startLocalAws } from '../local-aws.ts';
import { httpEvent } from './events.ts';
import { eventually } from './eventually.ts';
import { type Functions, loadFunctions, type Source, type Sqs } from './functions.ts';
import { eventSourceMappings } from './mappings.ts';
import { startWireProxy, type WireProxy } from './wire-proxy.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

type Headers = Record<string, string>;

/** The deployed system on the emulators: real handlers, real event source mapping, the wire in between watched. */
export interface System {
  readonly aws: LocalAws;
  readonly table: WireProxy;
  readonly queue: WireProxy;
  /** The long worker, to be handed batches. */
  readonly worker: Sqs;
  /** Starts the event source mappings of these queues, or all of them. */
  start(...names: readonly Source[]): void;
  /** Stops them, once the running invocations have ended. */
  halt(...names: readonly Source[]): Promise<void>;
  call(method: string, path: string, more?: { body?: string; headers?: Headers }): Promise<Answer>;
  submit(type: string, payload: unknown, headers?: Headers): Promise<JobResponse>;
  /** Submits what is more than a type and a payload. */
  request(request: SubmitRequest, headers?: Headers): Promise<JobResponse>;
  get(id: string): Promise<JobResponse>;
  finished(id: string): Promise<JobResponse>;
  send(body: string, name?: LocalQueue): Promise<void>;
  /** Waits until the queue holds nothing, visible or hidden. */
  drained(name?: LocalQueue): Promise<void>;
  /** Receives what is in a queue. */
  peek(name: LocalQueue): Promise<readonly { body: string; reason: string | undefined }[]>;
  stop(): Promise<void>;
}

/** @param longSeconds how long the functions of the long and the ordered worker may run */
export async function startSystem({ longSeconds = 60 } = {}): Promise<System> {
  const aws = await startLocalAws();
  const table = await startWireProxy(aws.dynamoDbEndpoint);
  const queue = await startWireProxy(aws.sqsEndpoint);
  const common = {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    TABLE_NAME: aws.tableName,
  };
  const url = (name: LocalQueue) => aws.queueUrl(name).replace(aws.sqsEndpoint, queue.endpoint);
  const functions = await loadFunctions({ common, url });
  const mappings = eventSourceMappings(aws, functions, longSeconds);
  const those = (names: readonly Source[]) =>
    [...mappings]
      .filter(([name]) => names.length === 0 || names.includes(name))
      .map(([, mapping]) => mapping);
  return {
    aws,
    table,
    queue,
    worker: functions.bySource.long,
    start(...names) {
      for (const mapping of those(names)) mapping.start();
    },
    async halt(...names) {
      await Promise.all(those(names).map((mapping) => mapping.stop()));
    },
    ...apiOf(functions),
    ...queuesOf(aws),
    async stop() {
      await Promise.all(those([]).map((mapping) => mapping.stop(2_000)));
      await Promise.all([table.stop(), queue.stop()]);
      await aws.stop();
    },
  };
}

/** What a client sees. */
function apiOf({ routes }: Functions): Pick<System, 'call' | 'submit' | 'request' | 'get' | 'finished'> {
  const call: System['call'] = async (method, path, more = {}) => {
    const [, , id, action] = path.split('/');
    const name = method === 'POST' ? 'submit' : 'status';
    const answer = await routes[action ? 'control' : name](httpEvent(method, path, { ...more, id }));
    return { status: answer.statusCode ?? 0, headers: answer.headers ?? {}, body: answer.body ?? '' };
  };
  const parse = ({ body }: Answer): JobResponse => jobResponse.parse(JSON.parse(body));
  const request: System['request'] = async (wanted, headers = {}) => {
    const body = JSON.stringify(wanted);
    let answer = await call('POST', '/jobs', { body, headers });
    while (answer.status === 503 && headers['idempotency-key'])
      answer = await call('POST', '/jobs', { body, headers });
    if (answer.status !== 202) throw new Error(`${answer.status}: ${answer.body}`);
    return parse(answer);
  };
  return {
    call,
    request,
    submit: (type, payload, headers) => request({ type, payload }, headers),
    get: async (id) => parse(await call('GET', `/jobs/${id}`)),
    finished: (id) =>
      eventually(async () => {
        const answer = await call('GET', `/jobs/${id}`);
        // On a machine that is busy the emulator may be too slow for the SDK: a client asks again then.
        const job = answer.status === 503 ? undefined : parse(answer);
        return job && isTerminal(job.status) ? job : undefined;
      }, `job ${id} to finish`),
  };
}

/** What is in the queues. */
const queuesOf = ({ sqs, queueUrl }: LocalAws): Pick<System, 'send' | 'drained' | 'peek'> => ({
  async send(body, name = 'standard') {
    const id = randomUUID();
    const ids = name.endsWith('.fifo') ? { MessageGroupId: id, MessageDeduplicationId: id } : {};
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(name), MessageBody: body, ...ids }));
  },
  async drained(name = 'standard') {
    await eventually(async () => {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queueUrl(name), AttributeNames: ['All'] }),
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
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl(name),
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
      }),
    );
    return Messages.map(({ Body = '', MessageAttributes = {} }) => ({
      body: Body,
      reason: MessageAttributes.reason?.StringValue,
    }));
  },
});
