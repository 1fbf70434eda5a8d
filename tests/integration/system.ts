import { randomUUID } from 'node:crypto';
import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { assumeRoles } from '../../local/emulators/assume-roles.ts';
import { credentials, region } from '../../local/local-aws.ts';
import { JobLines, startCloudWatch } from '../../local/output/cloudwatch-server.ts';
import { MetricRing } from '../../local/output/metric-ring.ts';
import type { AuthMode } from '../../shared/domain/access/auth-mode.ts';
import { defined } from '../../shared/domain/base/defined.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import type { SubmitRequest } from '../../shared/http/requests/submit-request.ts';
import { type JobResponse, jobResponse } from '../../shared/http/responses/job-response.ts';
import { routed } from '../api-gateway.ts';
import { type LocalAws, type LocalQueue, startLocalAws } from '../local-aws.ts';
import { aRootSecretEntry, aWebhookKeyEntry } from '../set-ups/access.ts';
import { grantsOfStage } from '../system/stage-grants.ts';
import { lambdaContext } from './events.ts';
import { eventually } from './eventually.ts';
import { type Deployment, type Functions, loadFunctions, type Source, type Sqs } from './functions.ts';
import { eventSourceMappings } from './mappings.ts';
import { startWireProxy, type WireProxy } from './wire-proxy.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** Those that are set. */
  readonly cookies: readonly string[];
}

type Headers = Record<string, string>;

/**
 * The deployed system on the emulators: the functions' handlers, our event source mapping, and a proxy in front of each
 * emulator that records the functions' calls and can disturb them.
 */
export interface System {
  readonly aws: LocalAws;
  readonly table: WireProxy;
  readonly queue: WireProxy;
  /** The long worker. Tests invoke it with batches of their own. */
  readonly worker: Sqs;
  /** The timeout of the long worker, of each invocation that begins. */
  longSeconds: number;
  /** Starts the event source mappings of these queues, or all of them. */
  start(...names: readonly Source[]): void;
  /** Stops these event source mappings, or all of them, once their running invocations have ended. */
  halt(...names: readonly Source[]): Promise<void>;
  call(
    method: string,
    path: string,
    more?: { body?: string; headers?: Headers; authorizer?: unknown },
  ): Promise<Answer>;
  submit(type: string, payload: unknown, headers?: Headers): Promise<JobResponse>;
  /** Submits a job with more than a type and a payload. */
  request(request: SubmitRequest, headers?: Headers): Promise<JobResponse>;
  get(id: string): Promise<JobResponse>;
  /** Waits until the job has finished. */
  finished(id: string): Promise<JobResponse>;
  send(body: string, name?: LocalQueue): Promise<void>;
  /** Waits until the queue has no message, visible or invisible, but for those that a test has hidden. */
  drained(name?: LocalQueue, hidden?: number): Promise<void>;
  /** Receives up to ten messages. They are invisible afterwards. */
  receive(name: LocalQueue): Promise<readonly { body: string; reason: string | undefined }[]>;
  /** Afterwards, all is as it was when the system started, but for the jobs. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

const longSeconds = 60;

export interface Starting {
  /** Of another mode than `none`: a test shows its own credentials. */
  readonly auth?: AuthMode;
  /** What the functions have in their environment beside the rest, or instead. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Makes the functions. Default: they are loaded into this process. */
  readonly load?: (deployment: Deployment) => Promise<Functions>;
}

export async function startSystem({
  auth = 'none',
  environment = {},
  load = loadFunctions,
}: Starting = {}): Promise<System> {
  const aws = await startLocalAws();
  for (const entry of [aRootSecretEntry(), aWebhookKeyEntry()]) await aws.putAccess(entry);
  // Without access control, functions look at the root secret only: once a minute, whatever is tested meanwhile.
  const isIgnored = (body: string) => auth === 'none' && body.includes(`"${aws.accessTableName}"`);
  const table = await startWireProxy(aws.dynamoDbEndpoint, isIgnored);
  const queue = await startWireProxy(aws.sqsEndpoint);
  // Empty: nobody hands on what the functions print.
  const cloudWatch = await startCloudWatch({ lines: new JobLines(), numbers: new MetricRing() }, []);
  const common = {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    AWS_ENDPOINT_URL_S3: aws.s3Endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: aws.schedulerEndpoint,
    AWS_ENDPOINT_URL_CLOUDWATCH: cloudWatch.endpoint,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: cloudWatch.endpoint,
    TABLE_NAME: aws.tableName,
    ACCESS_TABLE_NAME: aws.accessTableName,
    ENDPOINT_TABLE_NAME: aws.env.ENDPOINT_TABLE_NAME,
  };
  const url = (name: LocalQueue) => aws.queueUrl(name).replace(aws.sqsEndpoint, queue.endpoint);
  const grants = await grantsOfStage(aws.resolve, parametersIn(environment));
  const accessKeys = await assumeRoles(grants, aws);
  const functions = await load({ common, url, auth, more: environment, accessKeys });
  const orderedQueues = Number(environment.ORDERED_QUEUES ?? 1);
  const mappings = eventSourceMappings(
    { ...aws, accessKeys, orderedQueues },
    functions,
    () => system.longSeconds,
  );
  const mappingsOf = (names: readonly Source[]) =>
    [...mappings]
      .filter(([name]) => names.length === 0 || names.includes(name))
      .map(([, mapping]) => mapping);
  const system: System = {
    aws,
    table,
    queue,
    worker: functions.bySource.long,
    longSeconds,
    start(...names) {
      for (const mapping of mappingsOf(names)) mapping.start();
    },
    async halt(...names) {
      await Promise.all(mappingsOf(names).map((mapping) => mapping.stop()));
    },
    ...apiOf(functions),
    ...queuesOf(aws),
    async reset() {
      await system.halt();
      for (const proxy of [table, queue]) proxy.reset();
      system.longSeconds = longSeconds;
      const { QueueUrls = [] } = await aws.sqs.send(new ListQueuesCommand({}));
      await Promise.all(QueueUrls.map((QueueUrl) => aws.sqs.send(new PurgeQueueCommand({ QueueUrl }))));
    },
    async stop() {
      await Promise.all(mappingsOf([]).map((mapping) => mapping.stop(2_000)));
      await Promise.all([table.stop(), queue.stop(), cloudWatch.stop()]);
      await aws.stop();
    },
  };
  return system;
}

/** By which roles differ. */
const parametersIn = ({ ORDERED_QUEUES, EVENT_BUS, MAIL_FROM, KEEP_PAYLOAD }: Starting['environment'] = {}) =>
  defined({
    orderedQueues: ORDERED_QUEUES,
    eventBus: EVENT_BUS,
    mailFrom: MAIL_FROM,
    keepPayload: KEEP_PAYLOAD === 'true' ? 'always' : undefined,
  });

/** The part of the system that calls the HTTP API. */
function apiOf({ routes }: Functions): Pick<System, 'call' | 'submit' | 'request' | 'get' | 'finished'> {
  const call: System['call'] = async (method, path, more = {}) => {
    const { event, functionName } = routed({ method, path, ...more });
    const answer = await routes[functionName](event, lambdaContext(28_000));
    const { statusCode: status = 0, headers = {}, body = '', cookies = [] } = answer;
    return { status, headers, body, cookies };
  };
  const parse = ({ body }: Answer): JobResponse => jobResponse.parse(JSON.parse(body));
  const request: System['request'] = async (submission, headers = {}) => {
    const body = JSON.stringify(submission);
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
        // On a busy machine the emulator may be too slow for the SDK. A client retries a 503.
        const job = answer.status === 503 ? undefined : parse(answer);
        return job && isTerminal(job.status) ? job : undefined;
      }, `job ${id} to finish`),
  };
}

/** The part of the system that calls the queues. */
const queuesOf = ({ sqs, queueUrl }: LocalAws): Pick<System, 'send' | 'drained' | 'receive'> => ({
  async send(body, name = 'standard') {
    const id = randomUUID();
    const ids = name.endsWith('.fifo') ? { MessageGroupId: id, MessageDeduplicationId: id } : {};
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(name), MessageBody: body, ...ids }));
  },
  async drained(name = 'standard', hidden = 0) {
    await eventually(async () => {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queueUrl(name), AttributeNames: ['All'] }),
      );
      const counts = [
        Attributes.ApproximateNumberOfMessages,
        Attributes.ApproximateNumberOfMessagesNotVisible,
        Attributes.ApproximateNumberOfMessagesDelayed,
      ].map(Number);
      return counts.reduce((sum, count) => sum + count) === hidden || undefined;
    }, `${name} to be empty`);
  },
  async receive(name) {
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
