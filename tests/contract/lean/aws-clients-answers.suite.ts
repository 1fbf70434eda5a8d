import { hash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { allSides, create, event, mail, playedBy, remove } from './aws-client-calls.ts';
import { anyText, queueUrl } from './aws-client-samples.ts';
import type { Call } from './aws-modules.ts';

const item = {
  id: { S: anyText },
  number: { N: '-12345678901234567890.5' },
  flags: { L: [{ BOOL: true }, { BOOL: false }, { NULL: true }] },
  set: { SS: ['b', 'a'] },
  deep: { M: { 'a.b': { M: { '': { L: [] } } } } },
};
const md5 = (text: string) => hash('md5', text);
const TableName = 'jobs';
const Key = { id: { S: 'a' } };
const units = { TableName, CapacityUnits: 0.5 };

const entry = (Id: string, MessageBody: string) => ({ Id, MessageBody });
const entries = [entry('0', 'a'), entry('1', anyText), entry('2', '')];
const sendBatch: Call = {
  service: 'sqs',
  command: 'SendMessageBatchCommand',
  input: { QueueUrl: queueUrl, Entries: entries },
};
const sentEntry = ({ Id, MessageBody }: (typeof entries)[number]) => ({
  ...{ Id, MessageId: `m${Id}` },
  MD5OfMessageBody: md5(MessageBody),
});
const send = (MessageBody: string): Call => ({
  service: 'sqs',
  command: 'SendMessageCommand',
  input: { QueueUrl: queueUrl, MessageBody },
});
const sentOne = (text: string) => ({ MessageId: 'm', MD5OfMessageBody: md5(text), SequenceNumber: '18850' });

const answered: readonly (readonly [string, Call, object])[] = [
  ['no item', { service: 'dynamodb', command: 'GetItemCommand', input: { TableName, Key } }, {}],
  [
    'an item of all kinds',
    { service: 'dynamodb', command: 'GetItemCommand', input: { TableName, Key } },
    { Item: item, ConsumedCapacity: units },
  ],
  [
    'an item that comes in many parts',
    { service: 'dynamodb', command: 'GetItemCommand', input: { TableName, Key } },
    { Item: { text: { S: 'ü🎈'.repeat(60_000) } } },
  ],
  [
    'what was written',
    { service: 'dynamodb', command: 'UpdateItemCommand', input: { TableName, Key } },
    {
      Attributes: item,
      ConsumedCapacity: { ...units, GlobalSecondaryIndexes: { list: { CapacityUnits: 1 } } },
    },
  ],
  [
    'what was there',
    { service: 'dynamodb', command: 'DeleteItemCommand', input: { TableName, Key } },
    { Attributes: item },
  ],
  [
    'what was replaced',
    { service: 'dynamodb', command: 'PutItemCommand', input: { TableName, Item: Key } },
    { Attributes: item },
  ],
  [
    'a page',
    { service: 'dynamodb', command: 'QueryCommand', input: { TableName } },
    { Items: [item, Key], Count: 2, ScannedCount: 3, LastEvaluatedKey: Key, ConsumedCapacity: units },
  ],
  [
    'a count',
    { service: 'dynamodb', command: 'QueryCommand', input: { TableName, Select: 'COUNT' } },
    { Count: 0, ScannedCount: 0 },
  ],
  [
    'a page of all',
    { service: 'dynamodb', command: 'ScanCommand', input: { TableName } },
    { Items: [], Count: 0, ScannedCount: 1000, LastEvaluatedKey: Key },
  ],
  [
    'some of many',
    {
      service: 'dynamodb',
      command: 'BatchGetItemCommand',
      input: { RequestItems: { jobs: { Keys: [Key] } } },
    },
    {
      Responses: { jobs: [item] },
      UnprocessedKeys: { jobs: { Keys: [Key], ConsistentRead: true } },
      ConsumedCapacity: [units],
    },
  ],
  [
    'how large a table is',
    { service: 'dynamodb', command: 'DescribeTableCommand', input: { TableName } },
    { Table: { TableName, TableSizeBytes: 12_345, ItemCount: 3, TableStatus: 'ACTIVE' } },
  ],
  [
    'that there is a schedule now',
    create,
    { ScheduleArn: 'arn:aws:scheduler:eu-central-1:1:schedule/default/a' },
  ],
  ['that there is no schedule now', remove, {}],
  [
    'that events were taken, and that some were not',
    event,
    {
      FailedEntryCount: 1,
      Entries: [{ EventId: 'e' }, { ErrorCode: 'ThrottlingException', ErrorMessage: 'no' }],
    },
  ],
  ['that a mail was taken', mail, { MessageId: 'm' }],
  ['that a message was sent', send(anyText), sentOne(anyText)],
  ['that an empty message was sent', send(''), sentOne('')],
  ['that messages were sent', sendBatch, { Successful: entries.map(sentEntry), Failed: [] }],
  [
    'that some were sent',
    sendBatch,
    {
      Successful: entries.slice(0, 1).map(sentEntry),
      Failed: [
        { Id: '1', SenderFault: false, Code: 'InternalError', Message: 'no' },
        { Id: '2', SenderFault: true, Code: 'x' },
      ],
    },
  ],
  [
    'that a message is invisible',
    {
      service: 'sqs',
      command: 'ChangeMessageVisibilityCommand',
      input: { QueueUrl: queueUrl, ReceiptHandle: 'r', VisibilityTimeout: 0 },
    },
    {},
  ],
  [
    'how many messages there are',
    {
      service: 'sqs',
      command: 'GetQueueAttributesCommand',
      input: { QueueUrl: queueUrl, AttributeNames: ['All'] },
    },
    { Attributes: { ApproximateNumberOfMessages: '12', QueueArn: 'arn:aws:sqs:eu-central-1:1:q' } },
  ],
];

/** What AWS answers is read alike. */
export function describeAnswers(): void {
  describe('is told', () => {
    test.each([...answered])('%s', async (_what, call, answer) => {
      for (const side of allSides()) {
        const { result } = await playedBy(side, call, { answers: [{ body: JSON.stringify(answer) }] });
        const { $metadata, ...seen } = Object(result);
        expect(seen).toEqual(answer);
        expect($metadata).toMatchObject({ httpStatusCode: 200, requestId: expect.stringMatching(/^HQG40/) });
      }
    });

    test('which of several messages SQS has read wrongly', async () => {
      const Successful = entries.map((each) => ({
        ...sentEntry(each),
        ...(each.Id === '0' ? {} : { MD5OfMessageBody: '0' }),
      }));
      for (const side of allSides()) {
        const { error } = await playedBy(side, sendBatch, {
          answers: [{ body: JSON.stringify({ Successful }) }],
        });
        expect(error).toMatchObject({ name: 'Error', message: 'Invalid MD5 checksum on messages: m1, m2' });
      }
    });
  });
}
