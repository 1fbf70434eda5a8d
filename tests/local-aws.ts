import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { EmulatorOptions, Emulators } from '../local/emulators/emulators.ts';
import { createResources } from '../local/emulators/resources.ts';
import { credentials, region } from '../local/local-aws.ts';
import type { Resolve } from '../local/resolve-references.ts';
import { toAttributes } from '../shared/aws/records/attribute-value.ts';
import {
  callers,
  countOrdered,
  endpointTable,
  jobLists,
  jobQueues,
  jobTable,
  jobTableWithMessages,
  notifyEnds,
  openJobs,
  passState,
  queueFigures,
  sampleJobs,
  sendToNotifyDeadLetters,
  sendToSlowQueue,
  triedEndpoints,
  unfinishedJobs,
  waitingJobs,
  workPlaces,
} from '../shared/aws/uses/capabilities.ts';
import { readEnvironment } from '../shared/aws/uses/environment.ts';
import type { AccessEntry } from '../shared/domain/access/access-entry.ts';
import {
  checkRequestsOfClients,
  testedDynamoDbClient,
  testedSqsClient,
} from './contract/lean/tested-clients.ts';
import { endpointTableKeys, jobTableKeys } from './job-table.ts';

/** A queue as in a deployment, but with a short visibility timeout. */
const queue = (name: string, more: Record<string, unknown> = {}) => ({
  Type: 'AWS::SQS::Queue',
  Properties: { QueueName: name, VisibilityTimeout: 30, MaximumMessageSize: 1048576, ...more },
});

const fifo = {
  FifoQueue: true,
  DeduplicationScope: 'messageGroup',
  FifoThroughputLimit: 'perMessageGroupId',
};

const redriveTo = (id: string) => ({
  RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [id, 'Arn'] }, maxReceiveCount: 1000 },
});

const table = (name: string, keys: Record<string, unknown>) => ({
  Type: 'AWS::DynamoDB::Table',
  Properties: { TableName: name, BillingMode: 'PAY_PER_REQUEST', ...keys },
});

const idOnly = {
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
};

/** The queues, the tables and the bucket of a deployment. */
const resources = (prefix: string) => ({
  Resources: {
    StandardQueue: queue(`${prefix}standard`, redriveTo('DeadLetterQueue')),
    LongQueue: queue(`${prefix}long`, redriveTo('DeadLetterQueue')),
    ServerQueue: queue(`${prefix}server`, redriveTo('DeadLetterQueue')),
    BulkQueue: queue(`${prefix}bulk`, redriveTo('DeadLetterQueue')),
    OrderedQueue: queue(`${prefix}ordered.fifo`, { ...fifo, ...redriveTo('OrderedDeadLetterQueue') }),
    OrderedQueue2: queue(`${prefix}ordered-2.fifo`, { ...fifo, ...redriveTo('OrderedDeadLetterQueue') }),
    WaitingQueue: queue(`${prefix}waiting`, redriveTo('DeadLetterQueue')),
    DeadLetterQueue: queue(`${prefix}dead-letter`),
    OrderedDeadLetterQueue: queue(`${prefix}dead-letter.fifo`, { FifoQueue: true }),
    QuarantineQueue: queue(`${prefix}quarantine`),
    NotifyQueue: queue(`${prefix}notify`, redriveTo('NotifyDeadLetterQueue')),
    NotifySlowQueue: queue(`${prefix}notify-slow`, redriveTo('NotifyDeadLetterQueue')),
    NotifyDeadLetterQueue: queue(`${prefix}notify-dead-letter`),
    JobTable: table(`${prefix}jobs`, jobTableKeys),
    AccessTable: table(`${prefix}access`, idOnly),
    EndpointTable: table(`${prefix}endpoints`, endpointTableKeys),
    ScheduleGroup: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: `${prefix}schedules` } },
    ScheduleRole: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'scheduler' } },
    NotifyScheduleRole: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'scheduler' } },
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: `${prefix}bucket` } },
  },
});

export type LocalQueue =
  | 'standard'
  | 'long'
  | 'server'
  | 'bulk'
  | 'ordered.fifo'
  | 'ordered-2.fifo'
  | 'waiting'
  | 'dead-letter'
  | 'dead-letter.fifo'
  | 'quarantine'
  | 'notify'
  | 'notify-slow'
  | 'notify-dead-letter';

/** What adapters of these emulators ask for. */
const used = {
  callers,
  countOrdered,
  endpointTable,
  jobLists,
  jobQueues,
  jobTable,
  jobTableWithMessages,
  notifyEnds,
  openJobs,
  passState,
  queueFigures,
  sampleJobs,
  sendToNotifyDeadLetters,
  sendToSlowQueue,
  triedEndpoints,
  unfinishedJobs,
  waitingJobs,
  workPlaces,
};

/** The environment of a function that uses all this. */
export const environmentOn = (
  { sqsEndpoint, s3Endpoint }: Pick<Emulators, 'sqsEndpoint' | 's3Endpoint'>,
  prefix = '',
) => {
  const url = (name: LocalQueue) => `${sqsEndpoint}/000000000000/${prefix}${name}`;
  return readEnvironment(used, {
    STAGE: 'local',
    AUTH: 'none',
    JWT_TENANT_CLAIM: 'sub',
    TABLE_NAME: `${prefix}jobs`,
    ACCESS_TABLE_NAME: `${prefix}access`,
    ENDPOINT_TABLE_NAME: `${prefix}endpoints`,
    LIST_SHARDS: '1',
    BUCKET_NAME: `${prefix}bucket`,
    AWS_REGION: region,
    AWS_ENDPOINT_URL_S3: s3Endpoint,
    STANDARD_QUEUE_URL: url('standard'),
    ORDERED_QUEUES: '1',
  });
};

export interface LocalAws {
  /** Of references to the resources, as the template of a stage has them. */
  readonly resolve: Resolve;
  readonly sqsEndpoint: string;
  readonly dynamoDbEndpoint: string;
  readonly s3Endpoint: string;
  readonly schedulerEndpoint: string;
  readonly sqs: SQSClient;
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly env: ReturnType<typeof environmentOn>;
  readonly accessTableName: string;
  /** Writes an entry of the access table. */
  putAccess(entry: AccessEntry): Promise<void>;
  removeAccess(id: string): Promise<void>;
  /** Returns the URL of a queue. */
  readonly queueUrl: (name: LocalQueue) => string;
  stop(): Promise<void>;
}

/** Starts new emulators, and creates the queues, the tables, the bucket and the group of schedules in them. */
export async function startLocalAws(options: EmulatorOptions = {}): Promise<LocalAws> {
  // Most tests share emulators of another process, and need not load them.
  const { startEmulators } = await import('../local/emulators/emulators.ts');
  return localAwsOn(await startEmulators(options));
}

/** The same on emulators that run. @param prefix of all names, for those that share the emulators */
export async function localAwsOn(emulators: Emulators, prefix = ''): Promise<LocalAws> {
  const { sqsEndpoint, dynamoDbEndpoint, s3Endpoint, schedulerEndpoint } = emulators;
  const resolve = await createResources(resources(prefix), emulators);
  const sqs = testedSqsClient({ endpoint: sqsEndpoint, region, credentials });
  const dynamoDb = testedDynamoDbClient({ endpoint: dynamoDbEndpoint, region, credentials });
  const [tableName, accessTableName] = [`${prefix}jobs`, `${prefix}access`];
  return {
    resolve,
    sqsEndpoint,
    dynamoDbEndpoint,
    s3Endpoint,
    schedulerEndpoint,
    sqs,
    dynamoDb,
    tableName,
    accessTableName,
    env: environmentOn(emulators, prefix),
    async putAccess(entry) {
      await dynamoDb.send(new PutItemCommand({ TableName: accessTableName, Item: toAttributes(entry) }));
    },
    async removeAccess(id) {
      await dynamoDb.send(new DeleteItemCommand({ TableName: accessTableName, Key: toAttributes({ id }) }));
    },
    queueUrl: (name) => `${sqsEndpoint}/000000000000/${prefix}${name}`,
    async stop() {
      sqs.destroy();
      dynamoDb.destroy();
      await emulators.stop();
      await checkRequestsOfClients();
    },
  };
}
