import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { readZip } from '../../../infra/packaging/read-zip.ts';
import { assumeRoles } from '../../../local/emulators/assume-roles.ts';
import { type Emulators, startEmulators } from '../../../local/emulators/emulators.ts';
import { createResources } from '../../../local/emulators/resources.ts';
import { toSqsEvent } from '../../../local/lambda/sqs-event.ts';
import { accountId, credentials, region } from '../../../local/local-aws.ts';
import { JobLines, startCloudWatch } from '../../../local/output/cloudwatch-server.ts';
import { MetricRing } from '../../../local/output/metric-ring.ts';
import { grantsOf } from '../../../local/rights/grants.ts';
import { toAttributes } from '../../../shared/aws/records/attribute-value.ts';
import type { AccessEntry } from '../../../shared/domain/access/access-entry.ts';
import { asDeployed, lookIn } from '../cloudformation/as-deployed.ts';
import { environmentsIn } from '../cloudformation/limit-problems.ts';
import { writtenStatementsOf } from '../cloudformation/policy-problems.ts';
import { type RawTemplate, readTemplate } from '../cloudformation/raw-template.ts';
import type { Packaged } from '../package-commands.ts';
import { scriptOf } from './find-ric.ts';
import { LambdaRuntime, type Outcome } from './lambda-runtime.ts';

export interface StageOnLambda {
  /** Invokes a function by its name in serverless.yml, with an event as Lambda has it. */
  invoke(name: string, event: unknown): Promise<Outcome>;
  /** The event of all messages of a queue that are visible: there must be some. */
  receive(queue: string): Promise<ReturnType<typeof toSqsEvent>>;
  send(queue: string, body: string): Promise<void>;
  putAccess(entry: AccessEntry): Promise<void>;
  /** The subjects of what the topic of the alarms has got since it was asked last. */
  notices(): Promise<readonly string[]>;
  /** Puts the source maps of the package into the bucket, as a deployment does. */
  putMaps(): Promise<void>;
  /** What a function has written to its log. */
  output(name: string): Promise<string>;
  /** The names of the functions that were invoked. */
  invoked(): readonly string[];
  stop(): Promise<void>;
}

const capital = (name: string): string => name.replace(/^./, (letter) => letter.toUpperCase());
const idOf = (name: string): string => `${capital(name)}LambdaFunction`;

/** Gives each function the role that it has in the template. @returns the access key of each */
async function assumeRolesOf(template: RawTemplate, emulators: Emulators) {
  const look = lookIn(template);
  const roles = Object.keys(template.Resources).flatMap((id) => {
    const [, name] = /^(.+)IamRoleLambdaExecution$/.exec(id) ?? [];
    if (name === undefined) return [];
    const grants = grantsOf(writtenStatementsOf(template, id), (value) => asDeployed(value, look));
    return [[name.replace(/^./, (letter) => letter.toLowerCase()), grants] as const];
  });
  return assumeRoles(Object.fromEntries(roles), emulators);
}

/** Starts the functions of a packaged stage, each as Lambda does, on emulators with the resources of its template. */
export async function startOnLambda(packaged: Packaged, name: string, ric: string): Promise<StageOnLambda> {
  const template = readTemplate(await packaged.template(name));
  const zips = packaged.zipsOf(name);
  const dir = await mkdtemp(join(tmpdir(), 'job-worker-lambda-'));
  const emulators = await startEmulators();
  await createResources({ Resources: asDeployed(template.Resources, lookIn(template)) }, emulators);
  const cloudWatch = await startCloudWatch({ lines: new JobLines(), numbers: new MetricRing() }, []);
  const endpoints = { ...emulators, cloudWatchEndpoint: cloudWatch.endpoint };
  const accessKeys = await assumeRolesOf(template, emulators);
  const running = new Map<string, Promise<LambdaRuntime>>();
  const script = await scriptOf(ric, dir);
  const runningOf = (each: string): Promise<LambdaRuntime> => {
    const found =
      running.get(each) ?? startFunction(each, { template, zips, dir, script, endpoints, accessKeys });
    running.set(each, found);
    return found;
  };
  const [sqs, dynamoDb] = clientsOf(emulators);
  const prefix = String(template.Resources.JobTable?.Properties.TableName).replace(/jobs$/, '');
  const urlOf = (queue: string) => `${emulators.sqsEndpoint}/${accountId}/${prefix}${queue}`;
  const listener = await listenToAlarms(`${prefix}alarms`, emulators);
  return {
    invoke: async (each, event) => (await runningOf(each)).invoke(event),
    output: async (each) => (await runningOf(each)).output,
    invoked: () => [...running.keys()],
    notices: listener.notices,
    putMaps: () => putMaps(join(zips, 'maps'), emulators),
    async receive(queue) {
      const QueueUrl = urlOf(queue);
      const more = { MessageSystemAttributeNames: ['All' as const], MessageAttributeNames: ['All'] };
      const asked = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2, ...more };
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(asked));
      if (Messages.length === 0) throw new Error(`there is no message in ${queue}`);
      return toSqsEvent(Messages, `arn:aws:sqs:${region}:${accountId}:${prefix}${queue}`);
    },
    async send(queue, body) {
      const ids = { MessageGroupId: 'group', MessageDeduplicationId: randomUUID() };
      const more = queue.endsWith('.fifo') ? ids : {};
      await sqs.send(new SendMessageCommand({ QueueUrl: urlOf(queue), MessageBody: body, ...more }));
    },
    async putAccess(entry) {
      await dynamoDb.send(new PutItemCommand({ TableName: `${prefix}access`, Item: toAttributes(entry) }));
    },
    async stop() {
      for (const each of running.values()) await (await each).stop();
      await cloudWatch.stop();
      listener.stop();
      sqs.destroy();
      dynamoDb.destroy();
      await emulators.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const clientsOf = ({ sqsEndpoint, dynamoDbEndpoint }: Emulators) =>
  [
    new SQSClient({ endpoint: sqsEndpoint, region, credentials }),
    new DynamoDBClient({ endpoint: dynamoDbEndpoint, region, credentials }),
  ] as const;

async function putMaps(folder: string, { s3Endpoint: endpoint }: Emulators): Promise<void> {
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  for (const name of await readdir(folder)) {
    const Body = await readFile(join(folder, name));
    await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: `maps/${name}`, Body }));
  }
  s3.destroy();
}

/** What SNS puts into a queue. */
const notices = z.object({ Subject: z.string() });

/** Makes the topic of the alarms, with a queue that has subscribed to it. The emulator of SQS has SNS, too. */
async function listenToAlarms(topic: string, { sqsEndpoint: endpoint }: Emulators) {
  const settings = { endpoint, region, credentials };
  const [sns, sqs] = [new SNSClient(settings), new SQSClient(settings)];
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: topic }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'listener-of-alarms' }));
  const Endpoint = `arn:aws:sqs:${region}:${accountId}:listener-of-alarms`;
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  return {
    async notices() {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 3600 }),
      );
      return Messages.map(({ Body = '' }) => notices.parse(JSON.parse(Body)).Subject);
    },
    stop() {
      sns.destroy();
      sqs.destroy();
    },
  };
}

interface FunctionFiles {
  readonly template: RawTemplate;
  /** The folder with the zips. */
  readonly zips: string;
  readonly dir: string;
  readonly script: string;
  readonly endpoints: Emulators & { readonly cloudWatchEndpoint: string };
  readonly accessKeys: Readonly<Record<string, string>>;
}

async function startFunction(name: string, place: FunctionFiles): Promise<LambdaRuntime> {
  const { template, zips, dir, script, endpoints, accessKeys } = place;
  const id = idOf(name);
  const task = join(dir, name);
  for (const [path, content] of readZip(await readFile(join(zips, `${name}.zip`)))) {
    await mkdir(join(task, dirname(path)), { recursive: true });
    await writeFile(join(task, path), content);
  }
  const runtime = new LambdaRuntime();
  const environment = {
    ...environmentOf(template, id, endpoints.sqsEndpoint),
    AWS_ACCESS_KEY_ID: accessKeys[name] ?? '',
    AWS_ENDPOINT_URL_SQS: endpoints.sqsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamoDbEndpoint,
    AWS_ENDPOINT_URL_S3: endpoints.s3Endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: endpoints.schedulerEndpoint,
    AWS_ENDPOINT_URL_SNS: endpoints.sqsEndpoint,
    AWS_ENDPOINT_URL_CLOUDWATCH: endpoints.cloudWatchEndpoint,
  };
  const handler = String(template.Resources[id]?.Properties.Handler);
  await runtime.start({ script, task, handler, environment });
  return runtime;
}

/** What the template gives to a function, with queues at the emulator, and what Lambda itself sets. */
function environmentOf(template: RawTemplate, id: string, sqsEndpoint: string): Record<string, string> {
  const { FunctionName, MemorySize } = template.Resources[id]?.Properties ?? {};
  const given = Object.entries(environmentsIn(template)[id] ?? {}).map(([name, value]) => [
    name,
    value.replace(`https://sqs.${region}.amazonaws.com`, sqsEndpoint),
  ]);
  return {
    ...Object.fromEntries(given),
    KEEP_LOGS: 'true', // as by the parameter keepLogs
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: 'of-the-role',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: String(FunctionName),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MemorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${FunctionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/28/[$LATEST]0',
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    // As infra/logs.yml asks for: then Lambda wraps the console.
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_LOG_LEVEL: 'DEBUG',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/usr/local/bin:/usr/bin:/bin',
  };
}
