import { describe, expect, test } from '@jest/globals';
import {
  allSides,
  create,
  event,
  mail,
  type Outcome,
  playedBy,
  remove,
  type Side,
} from './aws-client-calls.ts';
import { queueUrl } from './aws-client-samples.ts';
import type { Call } from './aws-modules.ts';
import { type Answer, refusal, sqsRefusal } from './recorded-aws.ts';
import { withRetriesAtOnce } from './retry-delays.ts';

const update: Call = {
  service: 'dynamodb',
  command: 'UpdateItemCommand',
  input: {
    TableName: 'jobs',
    Key: { id: { S: 'a' } },
    UpdateExpression: 'SET #status = :new',
    ConditionExpression: '#status = :old',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':new': { S: 'running' }, ':old': { S: 'queued' } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
};
const send: Call = {
  service: 'sqs',
  command: 'SendMessageCommand',
  input: { QueueUrl: queueUrl, MessageBody: 'a' },
};
/** A refusal as REST JSON has it. */
const inHeader = (name: string, status: number): Answer => ({
  status,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': `${name}:http://internal.amazon.com/` },
  body: `{"Message":"About ${name}"}`,
});

/** The MD5 of `a`, as SQS answers it. */
const sent = {
  body: JSON.stringify({ MessageId: 'm', MD5OfMessageBody: '0cc175b9c0f1b6a831c399e269772661' }),
};

interface Case {
  readonly what: string;
  readonly call: Call;
  readonly answers: readonly Answer[];
  /** By default one. */
  readonly attempts?: number;
  readonly mayHaveMore?: boolean;
  /** None, if the call succeeds. */
  readonly error?: Readonly<Record<string, unknown>>;
}

const html = { headers: { 'content-type': 'text/html' }, body: '<html>Service Unavailable</html>' };

const refused: readonly Case[] = [
  {
    what: 'a condition that did not hold',
    call: update,
    answers: [refusal('ConditionalCheckFailedException')],
    error: { name: 'ConditionalCheckFailedException', saysThatConditionFailed: true, $fault: 'client' },
  },
  {
    what: 'a condition that did not hold, with the item',
    call: update,
    answers: [
      refusal('ConditionalCheckFailedException', {
        Item: {
          id: { S: 'ü' },
          count: { N: '5' },
          list: { L: [{ BOOL: true }, { M: { a: { NULL: true } } }] },
        },
      }),
    ],
    error: {
      Item: {
        id: { S: 'ü' },
        count: { N: '5' },
        list: { L: [{ BOOL: true }, { M: { a: { NULL: true } } }] },
      },
    },
  },
  {
    what: 'a transaction that was canceled, with its reasons',
    call: update,
    answers: [
      refusal('TransactionCanceledException', {
        CancellationReasons: [
          { Code: 'None' },
          { Code: 'ConditionalCheckFailed', Message: 'no', Item: { id: { S: 'a' } } },
        ],
      }),
    ],
    error: {
      name: 'TransactionCanceledException',
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Message: 'no', Item: { id: { S: 'a' } } },
      ],
    },
  },
  ...['ValidationException', 'ResourceNotFoundException', 'AccessDeniedException', 'UnheardOfException'].map(
    (name) => ({
      what: `${name} of DynamoDB`,
      call: update,
      answers: [refusal(name)],
      error: { name, message: `About ${name}`, saysThatConditionFailed: false, $fault: 'client' },
    }),
  ),
  {
    what: 'a name without its shape, and a message with a capital letter',
    call: update,
    answers: [{ status: 400, body: '{"__type":"SerializationException","Message":"A capital letter"}' }],
    error: { name: 'SerializationException', message: 'A capital letter' },
  },
  {
    what: 'a name with an address behind it',
    call: update,
    answers: [{ status: 400, body: '{"__type":"x#ValidationException:http://internal.amazon.com/coral/"}' }],
    error: { name: 'ValidationException' },
  },
  {
    what: 'a name in a header, as proxies have it',
    call: update,
    answers: [{ status: 400, headers: { 'x-amzn-errortype': 'ValidationException:http://x/' }, body: '{}' }],
    error: { name: 'ValidationException' },
  },
  ...[update, create, mail].map((call) => ({
    ...{ what: `a name under Code of ${call.service}`, call },
    answers: [{ status: 400, body: '{"Code":"ValidationException","Message":"no"}' }],
    error: { name: 'ValidationException', message: 'no' },
  })),
  {
    what: 'a redirect',
    call: update,
    answers: [{ status: 307, headers: { location: 'http://127.0.0.1:1/' }, body: '{}' }],
    error: { name: 'Unknown' },
  },
  {
    what: 'an empty refusal',
    call: update,
    answers: [{ status: 400, body: '' }],
    error: { name: 'Unknown', message: 'UnknownError', $fault: 'client' },
  },
  {
    what: 'a queue that is not there',
    call: send,
    answers: [sqsRefusal('QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue')],
    error: { name: 'QueueDoesNotExist', message: 'About QueueDoesNotExist' },
  },
  {
    what: 'a refusal of SQS that has no older name',
    call: send,
    answers: [{ status: 400, body: '{"__type":"com.amazonaws.sqs#InvalidMessageContents","message":"no"}' }],
    error: { name: 'InvalidMessageContents', message: 'no' },
  },
  {
    what: 'a refusal of all services',
    call: send,
    answers: [sqsRefusal('UnheardOf', 'UnheardOf')],
    error: { name: 'UnheardOf', message: 'About UnheardOf' },
  },
  {
    what: 'an MD5 that is not that of the message',
    call: send,
    answers: [{ body: JSON.stringify({ MessageId: 'm', MD5OfMessageBody: '0'.repeat(32) }) }],
    error: { name: 'Error', message: 'InvalidChecksumError' },
  },
  {
    what: 'an answer of SQS without an MD5',
    call: send,
    answers: [{ body: '{"MessageId":"m"}' }],
    error: { name: 'Error', message: 'InvalidChecksumError' },
  },
  ...(
    [
      ['ConflictException', 409, create, { saysThatThereIsOne: true }],
      ['ResourceNotFoundException', 404, remove, { saysThatThereIsNone: true }],
    ] as const
  ).map(([name, status, call, says]) => ({
    what: `${name} of Scheduler`,
    call,
    answers: [inHeader(name, status)],
    error: { name, message: `About ${name}`, $fault: 'client', ...says },
  })),
  {
    what: 'a schedule that is not there, by the body alone',
    call: remove,
    answers: [{ status: 404, body: '{"__type":"com.amazonaws.scheduler#ResourceNotFoundException"}' }],
    error: { name: 'ResourceNotFoundException', saysThatThereIsNone: true },
  },
  ...['MessageRejected', 'NotFoundException', 'SendingPausedException', 'AnErrorOfTomorrowException'].map(
    (name) => ({
      what: `${name} of SES`,
      call: mail,
      answers: [inHeader(name, 400)],
      error: { name, message: `About ${name}`, isOfSes: true, $fault: 'client' },
    }),
  ),
  ...['ResourceNotFoundException', 'ConcurrentModificationException'].map((name) => ({
    what: `${name} of EventBridge`,
    call: event,
    answers: [{ status: 400, body: `{"__type":"${name}","message":"About ${name}"}` }],
    error: { name, message: `About ${name}`, $fault: 'client' },
  })),
  ...['ValidationException', 'ServiceQuotaExceededException', 'AccessDeniedException'].map((name) => ({
    what: `${name} of Scheduler`,
    call: create,
    answers: [inHeader(name, 402)],
    error: { name, message: `About ${name}`, saysThatThereIsOne: false, saysThatThereIsNone: false },
  })),
];

const throttles = [
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'LimitExceededException',
  'TransactionInProgressException',
  // A write in another region at the same time.
  'ReplicatedWriteConflictException',
];

const repeated: readonly Case[] = [
  ...throttles.map((name) => ({
    what: `${name} of DynamoDB, again and again`,
    call: update,
    answers: [refusal(name)],
    attempts: 3,
    error: { name, $metadata: expect.objectContaining({ attempts: 3, httpStatusCode: 400 }) },
  })),
  {
    what: 'a throttle and then an answer',
    call: update,
    answers: [refusal('ThrottlingException'), { body: '{"Attributes":{"id":{"S":"a"}}}' }],
    attempts: 2,
  },
  {
    what: 'too many requests, with an unknown name',
    call: update,
    answers: [{ status: 429, body: '{"__type":"UnheardOf"}' }],
    attempts: 3,
    error: { name: 'UnheardOf' },
  },
  ...[500, 502, 503, 504].map((status) => ({
    what: `${status} of DynamoDB`,
    call: update,
    answers: [refusal('InternalServerError', {}, status)],
    attempts: 3,
    error: { name: 'InternalServerError', $fault: 'server' },
  })),
  ...[500, 502, 503].map((status) => ({
    what: `${status} with a page of HTML`,
    call: update,
    answers: [{ status, ...html }],
    attempts: 3,
    error: { name: 'no JSON' },
  })),
  {
    what: '501, which nobody retries',
    call: update,
    answers: [refusal('NotImplemented', {}, 501)],
    error: { name: 'NotImplemented', $fault: 'server' },
  },
  {
    ...{ what: 'an empty 503', call: update },
    answers: [{ status: 503, body: '' }],
    attempts: 3,
    error: { name: 'Unknown', $fault: 'server' },
  },
  {
    what: '503 and then an answer',
    call: update,
    answers: [{ status: 503, ...html }, {}],
    attempts: 2,
  },
  {
    what: 'a throttle of SQS, again and again',
    call: send,
    answers: [sqsRefusal('RequestThrottled', 'RequestThrottled')],
    attempts: 3,
    error: { message: 'About RequestThrottled' },
  },
  {
    what: 'a throttle of SQS that is one by its older name alone',
    call: send,
    answers: [
      {
        status: 400,
        headers: { 'x-amzn-query-error': 'ThrottlingException;Sender' },
        body: '{"__type":"com.amazon.coral.service#UnheardOf"}',
      },
    ],
    attempts: 3,
    error: { name: 'ThrottlingException' },
  },
  {
    what: '500 of SQS, and then an answer',
    call: send,
    answers: [sqsRefusal('InternalError', 'InternalFailure', 500), sent],
    attempts: 2,
  },
  {
    what: 'a throttle of Scheduler, again and again',
    call: create,
    answers: [inHeader('ThrottlingException', 429)],
    attempts: 3,
    error: { name: 'ThrottlingException', $fault: 'client' },
  },
  {
    what: '500 of Scheduler, and then an answer',
    call: remove,
    answers: [inHeader('InternalServerException', 500), {}],
    attempts: 2,
  },
  {
    what: 'too many requests of SES',
    call: mail,
    answers: [inHeader('TooManyRequestsException', 429), { body: '{"MessageId":"m"}' }],
    attempts: 2,
  },
  {
    what: 'a throttle of EventBridge, and then a fault',
    call: event,
    answers: [
      { status: 400, body: '{"__type":"ThrottlingException"}' },
      { status: 500, body: '{"__type":"InternalException"}' },
      { body: '{"FailedEntryCount":0,"Entries":[{"EventId":"e"}]}' },
    ],
    attempts: 3,
  },
  {
    what: '503 of SQS with a page of HTML',
    call: send,
    answers: [{ status: 503, ...html }, sent],
    attempts: 2,
  },
];

const garbage: readonly Case[] = [
  {
    ...{ what: 'a success that is no JSON', call: update },
    answers: [{ body: '<html>' }],
    error: { name: 'no JSON' },
  },
  {
    ...{ what: 'a refusal that is no JSON', call: update },
    answers: [{ status: 400, body: 'no' }],
    error: { name: 'no JSON' },
  },
  { what: 'an empty success', call: update, answers: [{ body: '' }] },
  { what: 'a success that is null', call: update, answers: [{ body: 'null' }] },
  {
    what: 'fields that nobody has heard of, which only the lean client hands over',
    call: update,
    answers: [{ body: '{"Attributes":{"id":{"S":"a"}},"Other":1}' }],
    mayHaveMore: true,
  },
  {
    ...{ what: 'an attribute of a kind that nobody has heard of', call: update },
    answers: [{ body: '{"Attributes":{"id":{"S":"a"},"new":{"X":[1]}}}' }],
  },
  {
    ...{ what: 'a wrong checksum of the answer, which is not looked at', call: update },
    answers: [{ headers: { 'x-amz-crc32': '1' }, body: '{}' }],
  },
  {
    ...{ what: 'an answer in parts of another encoding', call: update },
    answers: [{ body: Buffer.from('{"Attributes":{"id":{"S":"\u00ff \ud83c\udf88"}}}') }],
  },
];

/** Without what the tests of requests compare. */
const essence = ({ requests, ...outcome }: Outcome) => ({ ...outcome, attempts: requests.length });

const described = (title: string, cases: readonly Case[]) =>
  describe(title, () => {
    test.each(cases.map((each): [string, Case] => [each.what, each]))('%s', async (_what, each) => {
      const { call, answers, attempts = 1, error, mayHaveMore = false } = each;
      const play = (side: Side) => playedBy(side, call, { answers });
      const { outcomes } = await withRetriesAtOnce(() => Promise.all(allSides().map(play)));
      const [first, ...others] = outcomes.map(essence);
      expect(first).toMatchObject({ attempts, ...(error && { error }) });
      expect(first && 'error' in first).toBe(error !== undefined);
      for (const other of others)
        if (mayHaveMore) expect(other).toMatchObject(Object(first));
        else expect(other).toEqual(first);
    });
  });

/** What AWS refuses comes to the same by whichever client. */
export function describeErrors(): void {
  described('is told the same by a refusal', refused);
  described('repeats as often', repeated);
  described('bears the same of what AWS never answers', garbage);
}
