import type { IncomingMessage } from 'node:http';
import * as z from 'zod/mini';
import { accountId, region } from '../local-aws.ts';
import type { Call } from './grants.ts';

/** What a service is asked, without its body. */
export type Request = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

/** @returns what IAM decides about before a request is answered: several calls, if it asks for several rights */
export type ReadCalls = (request: Request, body: string) => readonly Call[];

const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${accountId}:${rest}`;

const call = (action: string, resource: string, context: Call['context'] = {}): Call => ({
  action,
  resource,
  context,
});

/** As the protocol AWS JSON names it. */
const operationOf = ({ headers }: Request): string =>
  String(headers['x-amz-target'] ?? '').split('.')[1] ?? '';

const sqsBody = z.object({ QueueUrl: z.optional(z.string()), QueueName: z.optional(z.string()) });

/** A batch asks for the right of its single calls. The emulator of SQS has SNS, too, whose body is a form. */
export const readQueueCalls: ReadCalls = (request, body) => {
  if (request.headers['x-amz-target'] === undefined) return readTopicCalls(request, body);
  const { QueueUrl, QueueName = '*' } = sqsBody.parse(JSON.parse(body));
  return [
    call(
      `sqs:${operationOf(request).replace(/Batch$/, '')}`,
      arn('sqs', QueueUrl?.split('/').at(-1) ?? QueueName),
    ),
  ];
};

const readTopicCalls: ReadCalls = (_, body) => {
  const form = new URLSearchParams(body);
  return [call(`sns:${form.get('Action')}`, form.get('TopicArn') ?? '*')];
};

const key = z.looseObject({ id: z.optional(z.object({ S: z.string() })) });
/** One of a transaction: a put has an item in place of the key of one. */
const part = z.object({ TableName: z.string(), Key: z.optional(key), Item: z.optional(key) });
const tableBody = z.object({
  TableName: z.optional(z.string()),
  IndexName: z.optional(z.string()),
  Key: z.optional(key),
  Item: z.optional(key),
  RequestItems: z._default(z.record(z.string(), z.unknown()), {}),
  TransactItems: z._default(z.array(z.record(z.string(), part)), []),
});

/** In a `BatchGetItem`, the keys of a table. */
const keysToGet = z.object({ Keys: z.array(key) });

const leadingKeys = (keys: readonly (z.infer<typeof key> | undefined)[]): Call['context'] => {
  const ids = keys.flatMap((each) => each?.id?.S ?? []);
  return ids.length === 0 ? {} : { 'dynamodb:LeadingKeys': ids };
};

/** A transaction asks for the rights of its parts: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html */
const actionsOfParts: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  Get: 'GetItem',
  ConditionCheck: 'ConditionCheckItem',
};

export const readTableCalls: ReadCalls = (request, body) => {
  const parsed = tableBody.parse(JSON.parse(body));
  const { TableName, IndexName, Key, Item, RequestItems, TransactItems } = parsed;
  const action = `dynamodb:${operationOf(request)}`;
  if (TableName !== undefined) {
    const index = IndexName === undefined ? '' : `/index/${IndexName}`;
    return [call(action, arn('dynamodb', `table/${TableName}${index}`), leadingKeys([Key ?? Item]))];
  }
  const inBatch = Object.entries(RequestItems).map(([name, items]) =>
    call(action, arn('dynamodb', `table/${name}`), leadingKeys(keysToGet.safeParse(items).data?.Keys ?? [])),
  );
  const inTransaction = TransactItems.flatMap((item) =>
    Object.entries(item).map(([kind, each]) =>
      call(
        `dynamodb:${actionsOfParts[kind] ?? kind}`,
        arn('dynamodb', `table/${each.TableName}`),
        leadingKeys([each.Key ?? each.Item]),
      ),
    ),
  );
  const all = [...inBatch, ...inTransaction];
  return all.length > 0 ? all : [call(action, '*')];
};

const scheduleBody = z.object({ GroupName: z.string(), Target: z.object({ RoleArn: z.string() }) });
const verbs: Readonly<Record<string, string>> = {
  GET: 'Get',
  POST: 'Create',
  PUT: 'Update',
  DELETE: 'Delete',
};

/** Who makes a schedule also hands on the role that Scheduler assumes for it. */
export const readScheduleCalls: ReadCalls = ({ method = '', url = '' }, body) => {
  const { pathname, searchParams } = new URL(url, 'http://scheduler');
  const [, kind, name = '*'] = pathname.split('/');
  const action = (what: string) => `scheduler:${verbs[method]}${what}`;
  if (kind === 'schedule-groups')
    return [call(action('ScheduleGroup'), arn('scheduler', `schedule-group/${name}`))];
  if (method !== 'POST' && method !== 'PUT')
    return [call(action('Schedule'), arn('scheduler', `schedule/${searchParams.get('groupName')}/${name}`))];
  const { GroupName, Target } = scheduleBody.parse(JSON.parse(body));
  return [
    call(action('Schedule'), arn('scheduler', `schedule/${GroupName}/${name}`)),
    call('iam:PassRole', Target.RoleArn, { 'iam:PassedToService': 'scheduler.amazonaws.com' }),
  ];
};

const startQuery = z.object({ logGroupNames: z.array(z.string()) });

/** CloudWatch, and its logs. Of these calls `StartQuery` alone knows resources. */
export const readWatchCalls: ReadCalls = (request, body) => {
  const operation = operationOf(request);
  if (operation === 'StartQuery')
    return startQuery
      .parse(JSON.parse(body))
      .logGroupNames.map((name) => call('logs:StartQuery', arn('logs', `log-group:${name}:*`)));
  return [call(`${operation === 'GetMetricData' ? 'cloudwatch' : 'logs'}:${operation}`, '*')];
};

const mail = z.object({ FromEmailAddress: z.string() });

export const readMailCalls: ReadCalls = ({ method, url = '' }, body) => {
  if (method !== 'POST' || !url.endsWith('/outbound-emails'))
    return [call('ses:GetSuppressedDestination', '*')];
  const { FromEmailAddress } = mail.parse(JSON.parse(body));
  const [, address = FromEmailAddress] = /<(.+)>/.exec(FromEmailAddress) ?? [];
  return [call('ses:SendEmail', arn('ses', `identity/${address}`), { 'ses:FromAddress': address })];
};

/** By the method of a request for an object. What else there is writes one, as a `PUT` does. */
const ofObject: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'GetObject',
  DELETE: 'DeleteObject',
};
/** The same of a request for the parts of one. */
const ofParts: Readonly<Record<string, string>> = {
  GET: 'ListMultipartUploadParts',
  DELETE: 'AbortMultipartUpload',
};

const arnOfObject = (bucket: string, name: string): string => `arn:aws:s3:::${bucket}/${name}`;

interface ObjectRequest {
  readonly method: string | undefined;
  readonly bucket: string;
  /** Of the object. Empty: the request is for the bucket itself. */
  readonly key: string;
  readonly isOfParts: boolean;
  /** The piece of another object that is copied, decoded. */
  readonly source: string | undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
export function objectCalls({
  method = '',
  bucket,
  key: name,
  isOfParts,
  source,
}: ObjectRequest): readonly Call[] {
  if (name === '') return [call('s3:CreateBucket', `arn:aws:s3:::${bucket}`)];
  const action = (isOfParts ? ofParts : ofObject)[method] ?? 'PutObject';
  const [, from = '', ...rest] = source?.split('/') ?? [];
  return [
    call(`s3:${action}`, arnOfObject(bucket, name)),
    ...(source === undefined ? [] : [call('s3:GetObject', arnOfObject(from, rest.join('/')))]),
  ];
}

/** S3 tells only who may list such names that there is no object of this name. */
export const listingCall = (bucket: string, name: string): Call =>
  call('s3:ListBucket', `arn:aws:s3:::${bucket}`, { 's3:prefix': name });
