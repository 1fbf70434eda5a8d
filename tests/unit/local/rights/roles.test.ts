import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, StartQueryCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { CreateScheduleCommand, DeleteScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import {
  ListQueuesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { assumeRoles } from '../../../../local/emulators/assume-roles.ts';
import { type Emulators, startEmulators } from '../../../../local/emulators/emulators.ts';
import { accountId, credentials, region } from '../../../../local/local-aws.ts';
import {
  type CloudWatchServer,
  JobLines,
  startCloudWatch,
} from '../../../../local/output/cloudwatch-server.ts';
import { type MailServer, startMailServer } from '../../../../local/output/mail-server.ts';
import { MetricRing } from '../../../../local/output/metric-ring.ts';
import { type Grant, grantsOf } from '../../../../local/rights/grants.ts';
import { presigned } from '../../../object-signing.ts';
import { notesIn, unseenRights } from '../../../rights/rights-reporter.ts';
import { captureConsole } from '../../../set-ups/captured-console.ts';

const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${accountId}:${rest}`;
const allow = (Action: readonly string[], Resource: string, Condition = {}) => ({
  Effect: 'Allow' as const,
  Action,
  Resource,
  Condition,
});

const grants: readonly Grant[] = grantsOf(
  [
    allow(['sqs:SendMessage'], arn('sqs', 'own')),
    allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem'], arn('dynamodb', 'table/access'), {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': 'tenant/*' },
    }),
    allow(['dynamodb:Query'], arn('dynamodb', 'table/jobs/index/byList')),
    allow(['dynamodb:PutItem', 'dynamodb:ConditionCheckItem'], arn('dynamodb', 'table/jobs')),
    allow(['s3:GetObject'], 'arn:aws:s3:::bucket/results/*'),
    allow(['s3:ListBucket'], 'arn:aws:s3:::bucket', { StringLike: { 's3:prefix': 'results/known/*' } }),
    allow(['scheduler:CreateSchedule'], arn('scheduler', 'schedule/own/*')),
    allow(['iam:PassRole'], 'arn:aws:iam::000000000000:role/sender', {
      StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    }),
    allow(['ses:SendEmail'], '*', { StringEquals: { 'ses:FromAddress': 'jobs@example.com' } }),
    allow(['cloudwatch:GetMetricData'], '*'),
    allow(['logs:StartQuery'], arn('logs', 'log-group:own:*')),
  ],
  (resource) => resource,
);

const folder = mkdtempSync(join(tmpdir(), 'rights-of-roles-'));
const { LOCAL_RIGHTS_FOLDER: ofRun } = process.env;
const captured = captureConsole();
let emulators: Emulators;
let cloudWatch: CloudWatchServer;
let mails: MailServer;
let accessKeyId: string;

beforeAll(async () => {
  process.env.LOCAL_RIGHTS_FOLDER = folder; // what is refused here is no fault of the run
  emulators = await startEmulators();
  cloudWatch = await startCloudWatch({ lines: new JobLines(), numbers: new MetricRing() }, []);
  mails = await startMailServer(() => {}, []);
  ({ aFunction: accessKeyId = '' } = await assumeRoles({ aFunction: grants }, emulators));
  const s3 = s3As(credentials.accessKeyId);
  await s3.send(new CreateBucketCommand({ Bucket: 'bucket' }));
});
afterAll(async () => {
  process.env.LOCAL_RIGHTS_FOLDER = ofRun;
  captured.restore();
  await mails.stop();
  await cloudWatch.stop();
  await emulators.stop();
  rmSync(folder, { recursive: true });
});

const settings = (endpoint: string, id = accessKeyId) => ({
  endpoint,
  region,
  credentials: { ...credentials, accessKeyId: id },
  maxAttempts: 1,
});
const s3As = (id = accessKeyId) =>
  new S3Client({ ...settings(emulators.s3Endpoint, id), forcePathStyle: true });

const sqs = () => new SQSClient(settings(emulators.sqsEndpoint));
const dynamoDb = () => new DynamoDBClient(settings(emulators.dynamoDbEndpoint));
const scheduler = () => new SchedulerClient(settings(emulators.schedulerEndpoint));
const watch = () => new CloudWatchClient(settings(cloudWatch.endpoint));
const logs = () => new CloudWatchLogsClient(settings(cloudWatch.endpoint));
const ses = () => new SESv2Client(settings(mails.endpoint));

const send = (queue: string) =>
  sqs().send(
    new SendMessageCommand({ QueueUrl: `${emulators.sqsEndpoint}/${accountId}/${queue}`, MessageBody: 'a' }),
  );
const sendBatch = (queue: string) =>
  sqs().send(
    new SendMessageBatchCommand({
      QueueUrl: `${emulators.sqsEndpoint}/${accountId}/${queue}`,
      Entries: [{ Id: '1', MessageBody: 'a' }],
    }),
  );
const item = (id: string) => ({ id: { S: id } });
const get = (TableName: string, id: string) =>
  dynamoDb().send(new GetItemCommand({ TableName, Key: item(id) }));
const getBatch = (...ids: readonly string[]) =>
  dynamoDb().send(new BatchGetItemCommand({ RequestItems: { access: { Keys: ids.map(item) } } }));
const query = (IndexName?: string) =>
  dynamoDb().send(
    new QueryCommand({
      TableName: 'jobs',
      IndexName,
      KeyConditionExpression: 'id = :id',
      ExpressionAttributeValues: { ':id': { S: 'a' } },
    }),
  );
const Put = { TableName: 'jobs', Item: item('a') };
const Update = { TableName: 'jobs', Key: item('b'), UpdateExpression: 'REMOVE a' };
const ConditionCheck = { TableName: 'jobs', Key: item('c'), ConditionExpression: 'attribute_exists(id)' };
const transact = (...TransactItems: TransactWriteItem[]) =>
  dynamoDb().send(new TransactWriteItemsCommand({ TransactItems }));
const getObject = (Key: string) => s3As().send(new GetObjectCommand({ Bucket: 'bucket', Key }));
const copyPart = (CopySource: string) =>
  s3As().send(
    new UploadPartCopyCommand({ Bucket: 'bucket', Key: 'own/a', UploadId: 'u', PartNumber: 1, CopySource }),
  );
const putSchedule = (GroupName: string, role: string) =>
  scheduler().send(
    new CreateScheduleCommand({
      Name: 'a',
      GroupName,
      ScheduleExpression: 'at(2126-01-01T00:00:00)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: arn('sqs', 'own'), RoleArn: `arn:aws:iam::000000000000:role/${role}`, Input: '{}' },
    }),
  );
const deleteSchedule = () => scheduler().send(new DeleteScheduleCommand({ Name: 'a', GroupName: 'own' }));
const metrics = () =>
  watch().send(
    new GetMetricDataCommand({ StartTime: new Date(0), EndTime: new Date(), MetricDataQueries: [] }),
  );
const askLogs = (group: string) =>
  logs().send(
    new StartQueryCommand({ logGroupNames: [group], startTime: 0, endTime: 1, queryString: 'fields a' }),
  );
const mail = (FromEmailAddress: string) =>
  ses().send(
    new SendEmailCommand({
      FromEmailAddress,
      Destination: { ToAddresses: ['jane@example.com'] },
      Content: { Simple: { Subject: { Data: 's' }, Body: { Text: { Data: 't' } } } },
    }),
  );

/** Little is there: who may make a call hears what is missing, and who may not does not. */
async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'answered';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

const refused = 'AccessDeniedException';
const noTable = 'ResourceNotFoundException';

test.each([
  ['a message', () => send('own'), 'QueueDoesNotExist'],
  ['a message to another queue', () => send('other'), refused],
  ['a batch of messages', () => sendBatch('own'), 'QueueDoesNotExist'],
  ['a batch of messages to another queue', () => sendBatch('other'), refused],
  ['an item by a key that the condition knows', () => get('access', 'tenant/a'), noTable],
  ['an item by another key', () => get('access', 'key/a'), refused],
  ['an item of another table', () => get('jobs', 'tenant/a'), refused],
  ['items by keys that the condition knows', () => getBatch('tenant/a', 'tenant/b'), noTable],
  ['items of which one has another key', () => getBatch('tenant/a', 'root'), refused],
  ['a query of an index', () => query('byList'), noTable],
  ['a query of another index', () => query('byTag'), refused],
  ['a query of the table itself', () => query(), refused],
  [
    'a transaction, which the emulator does not know',
    () => transact({ Put }, { ConditionCheck }),
    'UnknownOperationException',
  ],
  ['a transaction with a part that may not be', () => transact({ Put }, { Update }), refused],
  ['an object', () => getObject('results/known/a'), 'NoSuchKey'],
  ['an object whose absence is not told', () => getObject('results/a'), 'AccessDenied'],
  ['another object', () => getObject('payloads/a'), 'AccessDenied'],
  ['a copy of a piece, where it may not write', () => copyPart('/bucket/results/a'), 'AccessDenied'],
  ['a schedule', () => putSchedule('own', 'sender'), noTable],
  ['a schedule of another group', () => putSchedule('other', 'sender'), refused],
  ['a schedule with a role that is not to be passed', () => putSchedule('own', 'admin'), refused],
  ['the end of a schedule', () => deleteSchedule(), refused],
  ['numbers', () => metrics(), 'answered'],
  ['logs', () => askLogs('own'), 'MalformedQueryException'],
  ['logs of another function', () => askLogs('other'), refused],
  ['a mail', () => mail('Jobs <jobs@example.com>'), 'answered'],
  ['a mail from another address', () => mail('boss@example.com'), refused],
])('%s', async (_, call, outcome) => {
  expect(await outcomeOf(call())).toBe(outcome);
});

test.each([
  ['results/known/a', 404],
  ['payloads/a', 403],
])('a presigned URL of %s allows what the role may do that signed the URL: %s', async (key, status) => {
  const { host } = new URL(emulators.s3Endpoint);
  const by = { accessKeyId };
  const { url, headers } = await presigned({ method: 'GET', path: `/bucket/${key}`, host, by });
  expect((await fetch(`${emulators.s3Endpoint}${url}`, { headers })).status).toBe(status);
});

test('an access key that nobody gave out is refused', async () => {
  const unknown = settings(emulators.sqsEndpoint, 'unknown');
  const list = new SQSClient(unknown).send(new ListQueuesCommand({}));
  expect(await outcomeOf(list)).toBe('UnrecognizedClientException');
  expect(await outcomeOf(s3As('unknown').send(new ListBucketsCommand({})))).toBe('InvalidAccessKeyId');
});

test('a refusal is printed once, with the line to write, and noted', async () => {
  captured.lines.length = 0;
  const Key = item('printed');
  const remove = () => dynamoDb().send(new DeleteItemCommand({ TableName: 'jobs', Key }));
  expect([await outcomeOf(remove()), await outcomeOf(remove())]).toEqual([refused, refused]);
  const table = arn('dynamodb', 'table/jobs');
  expect(captured.lines).toEqual([
    [
      `AWS would refuse a call, and so does this machine: the role of aFunction does not allow dynamodb:DeleteItem on ${table}.`,
      `  Does a job type make the call? Add to the rights in its uses.ts: { actions: ['dynamodb:DeleteItem'], resources: ['${table}'] }`,
      '  Does the engine? functions/a-function/uses.ts lacks a capability of shared/aws/uses/capabilities.ts.',
    ].join('\n'),
  ]);
  expect(notesIn(folder)).toContainEqual({
    kind: 'denied',
    by: 'aFunction',
    action: 'dynamodb:DeleteItem',
    resource: table,
  });
});

test('a right that one function has used works for all, and of the others those are told that no list explains', () => {
  const right = (kind: 'granted' | 'used', action: string, resource = 'OrderedQueue') =>
    ({ kind, by: kind === 'used' ? 'api' : 'bulk', action, resource }) as const;
  const notes = [
    right('granted', 'sqs:SendMessage', 'OrderedQueue2'),
    right('used', 'sqs:SendMessage', 'OrderedQueue3'),
    right('granted', 'sqs:DeleteMessage'),
    right('granted', 'sqs:GetQueueAttributes'),
  ];
  const explained = [{ actions: ['sqs:GetQueueAttributes'], resource: /Queue$/, why: 'nobody asks' }];
  expect(unseenRights(notes, explained)).toEqual(['sqs:DeleteMessage on OrderedQueue']);
});
