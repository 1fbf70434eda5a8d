import type { Call, CommandOf, ServiceName } from './aws-modules.ts';

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

type Sample = Call & { readonly what: string };

/** Calls as the engine makes them: of each command, in each form of its input. */
export const engineCalls: readonly Sample[] = [
  ...callsOf('dynamodb', 'GetItemCommand', {
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
  ...callsOf('dynamodb', 'UpdateItemCommand', {
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
  ...callsOf('dynamodb', 'PutItemCommand', {
    'of all kinds': { TableName: 'jobs', Item: item, ReturnValues: 'ALL_OLD' },
    'on a condition': {
      TableName: 'jobs',
      Item: key,
      ConditionExpression: '#version <= :known',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':known': { N: '2' } },
    },
  }),
  ...callsOf('dynamodb', 'DeleteItemCommand', {
    'on a condition': {
      TableName: 'jobs',
      Key: key,
      ConditionExpression: 'job = :job',
      ExpressionAttributeValues: { ':job': { S: 'j' } },
      ReturnValues: 'ALL_OLD',
    },
  }),
  ...callsOf('dynamodb', 'QueryCommand', {
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
  ...callsOf('dynamodb', 'ScanCommand', {
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
  ...callsOf('dynamodb', 'BatchGetItemCommand', {
    'of one table': {
      RequestItems: { jobs: { Keys: [key, { id: { S: 'ü' } }], ConsistentRead: true } },
      ReturnConsumedCapacity: 'TOTAL',
    },
  }),
  ...callsOf('dynamodb', 'DescribeTableCommand', { 'by its name': { TableName: 'jobs' } }),
  ...callsOf('sqs', 'SendMessageCommand', {
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
  ...callsOf('sqs', 'SendMessageBatchCommand', {
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
  ...callsOf('sqs', 'ChangeMessageVisibilityCommand', {
    'at once': { QueueUrl: queueUrl, ReceiptHandle: 'AQEB+/=', VisibilityTimeout: 0 },
    'in hours': { QueueUrl: queueUrl, ReceiptHandle: 'AQEB+/=', VisibilityTimeout: 42_300 },
  }),
  ...callsOf('sqs', 'GetQueueAttributesCommand', {
    all: { QueueUrl: queueUrl, AttributeNames: ['All'] },
    some: {
      QueueUrl: queueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    },
  }),
  ...callsOf('eventbridge', 'PutEventsCommand', {
    one: {
      Entries: [
        {
          EventBusName: 'arn:aws:events:eu-central-1:123456789012:event-bus/jobs',
          Source: 'job-worker',
          DetailType: 'Job failed',
          Time: new Date(1_790_000_000_123),
          Detail: JSON.stringify({ id: 'a', text: anyText }),
        },
      ],
    },
    'of a whole second': { Entries: [{ Source: 'a', DetailType: 'b', Detail: '{}', Time: new Date(0) }] },
  }),
  ...callsOf('sesv2', 'SendEmailCommand', {
    'with both bodies': {
      FromEmailAddress: 'jobs@example.com',
      Destination: { ToAddresses: ["o'brien+orders@example.com"] },
      ReplyToAddresses: ['shop@example.org'],
      Content: {
        Simple: {
          Subject: { Data: anyText, Charset: 'UTF-8' },
          Body: { Text: { Data: anyText, Charset: 'UTF-8' }, Html: { Data: '<p>ü</p>', Charset: 'UTF-8' } },
        },
      },
    },
  }),
  ...callsOf('sesv2', 'GetSuppressedDestinationCommand', {
    'of any address': { EmailAddress: `o'brien+a/b?c#ü@example.com` },
  }),
  // Without a token, each client would make up its own.
  ...callsOf('scheduler', 'CreateScheduleCommand', {
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
  ...callsOf('scheduler', 'DeleteScheduleCommand', {
    'of a group': { Name: 'job.a_b-1', GroupName: 'job-worker-dev-jobs', ClientToken: 'a token' },
    'of any name': { Name: `a b/c!'()*?#&ü`, ClientToken: 'a+token/=' },
  }),
];

function callsOf<Name extends ServiceName>(
  service: Name,
  command: CommandOf<Name>,
  inputs: Readonly<Record<string, object>>,
) {
  return Object.entries(inputs).map(([what, input]) => ({ service, command, what, input }) as Sample);
}
