import type { Call } from './aws-client-calls.ts';

export const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/123456789012/standard';
const fifoUrl = queueUrl.replace('standard', 'ordered.fifo');

/** Every character that JSON escapes, or that needs more than a byte, and halves of characters. */
export const anyText = `${Array.from({ length: 0x180 }, (_, code) => String.fromCharCode(code)).join('')}\u2028\u2029 ü 🎈 \ud800 \udc00x \uffff </script> "\\'`;
const longText = `${'ü🎈"'.repeat(30_000)}`;

const key = { id: { S: '00000000-0000-4000-8000-000000000001' } };

/** One of each kind, deep, and with all texts. */
const item = {
  ...key,
  text: { S: anyText },
  empty: { S: '' },
  number: { N: '-1234567890.5e-7' },
  yes: { BOOL: true },
  no: { BOOL: false },
  none: { NULL: true },
  set: { SS: ['b', 'a', anyText] },
  list: { L: [{ S: 'a' }, { L: [] }, { M: {} }, { NULL: true }] },
  map: {
    M: { 'a.b "c"': { M: { deep: { L: [{ M: { n: { N: '0' } } }] } } }, '': { S: '' }, [anyText]: { S: '' } },
  },
  '10': { S: 'keys that look like numbers come first' },
  '2': { N: '2' },
};

/** Calls as the engine makes them: of each command, in each form of its input. */
export const engineCalls: readonly (Call & { readonly what: string })[] = [
  ...dynamoDb('GetItemCommand', {
    'by its key': { TableName: 'jobs', Key: key },
    'strongly consistent': { TableName: 'jobs', Key: key, ConsistentRead: true },
    'with some fields': {
      TableName: 'jobs',
      Key: key,
      ConsistentRead: false,
      ProjectionExpression: '#status, version',
      ExpressionAttributeNames: { '#status': 'status' },
      ReturnConsumedCapacity: 'TOTAL',
    },
    'with fields that are undefined': { TableName: 'jobs', Key: key, ConsistentRead: undefined },
  }),
  ...dynamoDb('UpdateItemCommand', {
    'on a condition': {
      TableName: 'jobs',
      Key: key,
      UpdateExpression: 'SET #status = :status, #text = :text REMOVE #old ADD #set :set',
      ConditionExpression: 'attribute_not_exists(id) OR #status IN (:queued, :waiting)',
      ExpressionAttributeNames: { '#status': 'status', '#text': 'text', '#old': 'old', '#set': 'set' },
      ExpressionAttributeValues: {
        ':status': item.text,
        ':text': item.map,
        ':set': item.set,
        ':queued': item.list,
        ':waiting': item.number,
      },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ReturnConsumedCapacity: 'INDEXES',
    },
    'of a long text': {
      TableName: 'jobs',
      Key: key,
      UpdateExpression: 'SET message = :message',
      ExpressionAttributeValues: { ':message': { S: longText } },
    },
  }),
  ...dynamoDb('PutItemCommand', {
    'of all kinds': { TableName: 'jobs', Item: item, ReturnValues: 'ALL_OLD' },
    'on a condition': {
      TableName: 'jobs',
      Item: key,
      ConditionExpression: '#version <= :known',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':known': { N: '2' } },
    },
  }),
  ...dynamoDb('DeleteItemCommand', {
    'on a condition': {
      TableName: 'jobs',
      Key: key,
      ConditionExpression: 'job = :job',
      ExpressionAttributeValues: { ':job': { S: 'j' } },
      ReturnValues: 'ALL_OLD',
    },
  }),
  ...dynamoDb('QueryCommand', {
    'a page of an index': {
      TableName: 'jobs',
      IndexName: 'list',
      KeyConditionExpression: 'listKey = :key AND listPosition BETWEEN :since AND :below',
      FilterExpression: '#status = :status',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':key': { S: 'a' },
        ':since': { S: '0' },
        ':below': { S: '~' },
        ':status': { S: 'failed' },
      },
      ScanIndexForward: false,
      Limit: 101,
      ExclusiveStartKey: { ...key, listKey: { S: 'a' } },
      ReturnConsumedCapacity: 'TOTAL',
    },
    'a count': {
      TableName: 'jobs',
      IndexName: 'failed',
      Select: 'COUNT',
      KeyConditionExpression: 'failedKey = :key',
      ExpressionAttributeValues: { ':key': { S: 'ü' } },
      ConsistentRead: false,
    },
  }),
  ...dynamoDb('ScanCommand', {
    'a page': {
      TableName: 'jobs',
      FilterExpression: 'updatedAt <= :since',
      ExpressionAttributeValues: { ':since': { N: '1790000000123' } },
      ReturnConsumedCapacity: 'TOTAL',
      Limit: 1000,
      ExclusiveStartKey: key,
    },
    'a part': { TableName: 'jobs', Segment: 0, TotalSegments: 4, Limit: 1 },
  }),
  ...dynamoDb('BatchGetItemCommand', {
    'of one table': {
      RequestItems: { jobs: { Keys: [key, { id: { S: 'ü' } }], ConsistentRead: true } },
      ReturnConsumedCapacity: 'TOTAL',
    },
  }),
  ...dynamoDb('DescribeTableCommand', { 'by its name': { TableName: 'jobs' } }),
  ...sqs('SendMessageCommand', {
    'to a standard queue': { QueueUrl: queueUrl, MessageBody: anyText, MessageGroupId: 'a-_' },
    'with a delay': { QueueUrl: queueUrl, MessageBody: 'a', DelaySeconds: 900 },
    'without a delay': { QueueUrl: queueUrl, MessageBody: 'a', DelaySeconds: 0 },
    'to a FIFO queue': {
      QueueUrl: fifoUrl,
      MessageBody: '{"id":"a"}',
      MessageGroupId: 'group',
      MessageDeduplicationId: 'id',
    },
    'with attributes': {
      QueueUrl: queueUrl,
      MessageBody: 'a',
      MessageAttributes: {
        reason: { DataType: 'String', StringValue: anyText },
        originalBytes: { DataType: 'String', StringValue: '1' },
      },
    },
    'of 256 KB': { QueueUrl: queueUrl, MessageBody: longText },
  }),
  ...sqs('SendMessageBatchCommand', {
    'of some': {
      QueueUrl: fifoUrl,
      Entries: Array.from({ length: 10 }, (_, index) => ({
        Id: String(index),
        MessageBody: `${index} ${anyText}`,
        MessageGroupId: `group ${index}`,
        MessageDeduplicationId: `id ${index}`,
      })),
    },
  }),
  ...sqs('ChangeMessageVisibilityCommand', {
    'at once': { QueueUrl: queueUrl, ReceiptHandle: 'AQEB+/=', VisibilityTimeout: 0 },
    'in hours': { QueueUrl: queueUrl, ReceiptHandle: 'AQEB+/=', VisibilityTimeout: 42_300 },
  }),
  ...sqs('GetQueueAttributesCommand', {
    all: { QueueUrl: queueUrl, AttributeNames: ['All'] },
    some: {
      QueueUrl: queueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    },
  }),
  ...scheduler('CreateScheduleCommand', {
    once: {
      Name: 'job.a_b-1',
      GroupName: 'job-worker-dev-jobs',
      ScheduleExpression: 'at(2026-09-01T10:00:00)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      ClientToken: 'a token',
      Target: {
        Arn: 'arn:aws:sqs:eu-central-1:123456789012:waiting',
        RoleArn: 'arn:aws:iam::123456789012:role/scheduler',
        Input: anyText,
        DeadLetterConfig: { Arn: 'arn:aws:sqs:eu-central-1:123456789012:dead-letter' },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    },
  }),
  ...scheduler('DeleteScheduleCommand', {
    'of a group': { Name: 'job.a_b-1', GroupName: 'job-worker-dev-jobs', ClientToken: 'a token' },
    'of any name': { Name: `a b/c!'()*?#&ü`, ClientToken: 'a+token/=' },
  }),
];

/** Both clients make up a token where a call has none. */
function scheduler(
  command: Extract<Call, { service: 'scheduler' }>['command'],
  inputs: Readonly<Record<string, object>>,
) {
  return Object.entries(inputs).map(([what, input]) => ({
    service: 'scheduler' as const,
    command,
    what,
    input,
  }));
}

function dynamoDb(
  command: Extract<Call, { service: 'dynamodb' }>['command'],
  inputs: Readonly<Record<string, object>>,
) {
  return Object.entries(inputs).map(([what, input]) => ({
    service: 'dynamodb' as const,
    command,
    what,
    input,
  }));
}

function sqs(
  command: Extract<Call, { service: 'sqs' }>['command'],
  inputs: Readonly<Record<string, object>>,
) {
  return Object.entries(inputs).map(([what, input]) => ({ service: 'sqs' as const, command, what, input }));
}
