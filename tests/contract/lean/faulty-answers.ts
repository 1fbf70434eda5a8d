import { create, event, get, mail } from './aws-client-calls.ts';
import { queueUrl } from './aws-client-samples.ts';
import type { Call } from './aws-modules.ts';
import type { Answer, Piece } from './recorded-aws.ts';

const md5OfA = '0cc175b9c0f1b6a831c399e269772661';
const sent = (MessageId: string) => ({ MessageId, MD5OfMessageBody: md5OfA });

/** Calls of each protocol, and the body of an answer to each. */
export const calls = {
  update: {
    call: {
      service: 'dynamodb',
      command: 'UpdateItemCommand',
      input: {
        TableName: 'jobs',
        Key: { id: { S: 'a' } },
        UpdateExpression: 'SET a = :a',
        ConditionExpression: 'attribute_exists(id)',
        ExpressionAttributeValues: { ':a': { S: 'x' } },
      },
    },
    good: '{"Attributes":{"a":{"S":"x"}}}',
  },
  get: { call: get, good: '{"Item":{"id":{"S":"a"}}}' },
  send: {
    call: {
      service: 'sqs',
      command: 'SendMessageCommand',
      input: { QueueUrl: queueUrl, MessageBody: 'a' },
    },
    good: JSON.stringify(sent('m')),
  },
  sendBatch: {
    call: {
      service: 'sqs',
      command: 'SendMessageBatchCommand',
      input: { QueueUrl: queueUrl, Entries: ['0', '1'].map((Id) => ({ Id, MessageBody: 'a' })) },
    },
    good: JSON.stringify({ Successful: ['0', '1'].map((Id) => ({ Id, ...sent(Id) })), Failed: [] }),
  },
  hide: {
    call: {
      service: 'sqs',
      command: 'ChangeMessageVisibilityCommand',
      input: { QueueUrl: queueUrl, ReceiptHandle: 'r', VisibilityTimeout: 30 },
    },
    good: '',
  },
  create: { call: create, good: '{"ScheduleArn":"arn:aws:scheduler:eu-central-1:1:schedule/default/a"}' },
  event: { call: event, good: '{"FailedEntryCount":0,"Entries":[{"EventId":"e"}]}' },
  mail: { call: mail, good: '{"MessageId":"m"}' },
} as const satisfies Readonly<Record<string, { readonly call: Call; readonly good: string }>>;
export type CallName = keyof typeof calls;
export const callNames = Object.keys(calls).filter((name): name is CallName => name in calls);

export interface Fault {
  readonly name: string;
  /** @param good the body of an answer that the call can use */
  readonly answers: (good: string) => readonly Answer[];
}

type Make = (good: string) => Answer;
/** The fault, and then an answer. */
const once = (name: string, fault: Make): Fault => ({
  name: `${name}, and then an answer`,
  answers: (good) => [fault(good), { body: good }],
});
const always = (name: string, fault: Make): Fault => ({ name, answers: (good) => [fault(good)] });

type Headers = Readonly<Record<string, string>>;

/** An answer as its bytes, in two pieces: the head, and the body. */
function bytesOf(body: string, headers: Headers = {}, line = 'HTTP/1.1 200 OK'): readonly [Buffer, Buffer] {
  const all = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'R', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [Buffer.from(`${[line, ...lines].join('\r\n')}\r\n\r\n`), Buffer.from(body)];
}
const withLength = (body: string, more = 0): readonly [Buffer, Buffer] =>
  bytesOf(body, { 'content-length': String(Buffer.byteLength(body) + more) });

const inPieces = (bytes: Buffer, size: number): readonly Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );

/** Ten bytes are missing. */
const cut = (good: string, end: readonly Piece[]): Answer => ({
  pieces: [...withLength(good, 10), 'the client has read the head', ...end],
});

const connections: readonly Fault[] = [
  once('a body that ends before its length', (good) => cut(good, ['end'])),
  always('bodies that end before their length', (good) => cut(good, ['end'])),
  once('a reset within the body', (good) => cut(good, ['reset'])),
  always('a reset within each body', (good) => cut(good, ['reset'])),
  once('a chunk that ends before its length', () => ({
    pieces: [...bytesOf('5\r\n{"Ite\r\n', { 'transfer-encoding': 'chunked' }), 'end'],
  })),
  once('an end before the answer', () => ({ pieces: ['end'] })),
  always('an end before each answer', () => ({ pieces: ['end'] })),
  once('a reset before the answer', () => ({ pieces: ['reset'] })),
  always('a reset before each answer', () => ({ pieces: ['reset'] })),
  once('a status line of no protocol', () => ({ pieces: [Buffer.from('HELLO WORLD\r\n\r\n'), 'end'] })),
  always('status lines of no protocol', () => ({ pieces: [Buffer.from('HELLO WORLD\r\n\r\n'), 'end'] })),
  always('HTTP/1.0, whose body ends with the connection', (good) => ({
    pieces: [...bytesOf(good, {}, 'HTTP/1.0 200 OK'), 'end'],
  })),
  once('a header of 20 KB', (good) => ({ headers: { 'x-big': 'a'.repeat(20_000) }, body: good })),
  always('100 before the answer', (good) => ({
    pieces: [Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'), ...withLength(good)],
  })),
  always('103 before the answer', (good) => ({
    pieces: [Buffer.from('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'), ...withLength(good)],
  })),
  always('a second answer behind the first', (good) => ({
    pieces: [Buffer.concat([...withLength(good), ...withLength(good)])],
  })),
  always('bytes behind the answer', (good) => ({
    pieces: [Buffer.concat([...withLength(good), Buffer.from('xxxx')])],
  })),
  always('an answer byte by byte', (good) => ({
    pieces: withLength(good).flatMap((each) => inPieces(each, 1)),
  })),
];

/** The limit of time of the client passes meanwhile. */
const late: readonly Fault[] = [
  once('no answer in time', () => ({ pieces: ['the limit passes'] })),
  always('no answer to any attempt', () => ({ pieces: ['the limit passes'] })),
  once('a head that drips beyond the limit', (good) => ({
    pieces: [...inPieces(withLength(good)[0], 20).slice(0, 3), 'the limit passes', ...withLength(good)],
  })),
  always('a body that drips beyond the limit', (good) => {
    const body = `${good || '{}'}${' '.repeat(10)}`;
    const [head, bytes] = withLength(body);
    const [one = Buffer.of(), two = Buffer.of(), ...others] = inPieces(bytes, 4);
    return { pieces: [head, 'the client has read the head', one, two, 'the limit passes', ...others] };
  }),
  once('a body that stands still', (good) => cut(good, ['the limit passes'])),
  always('bodies that stand still', (good) => cut(good, ['the limit passes'])),
];

const html = { headers: { 'content-type': 'text/html' }, body: '<html>no</html>' };

const noObjects: readonly (readonly [string, string])[] = [
  ['null', 'null'],
  ['an empty list', '[]'],
  ['a text', '"x"'],
  ['a number', '12'],
  ['nothing', ''],
  ['spaces', '   '],
];

const bodies: readonly Fault[] = [
  always('200 with a page of HTML', () => html),
  always('200 with a byte order mark', (good) => ({ body: `\ufeff${good || '{}'}` })),
  ...noObjects.flatMap(([what, body]) => [
    always(`200 with ${what}`, () => ({ body })),
    always(`400 with ${what}`, () => ({ status: 400, body })),
  ]),
  always('204', () => ({ pieces: [...bytesOf('', {}, 'HTTP/1.1 204 No Content')] })),
  always('400 with a page of HTML', () => ({ status: 400, ...html })),
  always('403 with a page of HTML, as of a firewall', () => ({ status: 403, ...html })),
  always('members of bytes, and of sets', () => ({
    body: '{"Attributes":{"b":{"B":"AQI="},"ns":{"NS":["1"]}},"Item":{"b":{"B":"AQI="}}}',
  })),
  always('members by the name __proto__', () => ({
    body: '{"Attributes":{"__proto__":{"S":"x"},"m":{"M":{"__proto__":{"S":"y"}}}},"Item":{"__proto__":{"S":"x"}}}',
  })),
  always('members that nobody has heard of', (good) => ({
    body: `{"New":1,${(good || '{}').slice(1)}`.replace(',}', '}'),
  })),
  always('a wrong checksum', (good) => ({ headers: { 'x-amz-crc32': '1' }, body: good })),
  always('gzip that nobody has asked for', () => ({
    headers: { 'content-encoding': 'gzip' },
    body: Buffer.from('1f8b0800000000000003ab56ca2c49cd55b2aaae0500a1fd0b9a0c000000', 'hex'),
  })),
  always('JSON that is called CBOR', (good) => ({
    headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
    body: good,
  })),
  always('a date of an hour later', (good) => ({
    headers: { date: new Date(Date.now() + 3_600_000).toUTCString() },
    body: good,
  })),
  always('no date', (good) => ({ pieces: withLength(good) })),
];

const statuses: readonly Fault[] = [
  ...[301, 307].map((status) =>
    always(`${status}`, () => ({ status, headers: { location: 'https://127.0.0.1:1/' } })),
  ),
  ...[408, 409, 413, 429, 500, 501, 502, 503, 504, 505, 509, 529, 599].map((status) =>
    once(`${status}`, () => ({ status })),
  ),
  ...[404, 429, 500, 503, 529].map((status) => always(`${status}, again and again`, () => ({ status }))),
  ...[502, 503, 504].map((status) => once(`${status} with a page of HTML`, () => ({ status, ...html }))),
  once('503 that asks for a second', () => ({ status: 503, headers: { 'retry-after': '1' } })),
  once('503 that asks for 300 ms', () => ({ status: 503, headers: { 'x-amz-retry-after': '300' } })),
];

const refused = (body: object, headers: Headers = {}, status = 400): Answer => ({
  ...{ status, headers },
  body: JSON.stringify(body),
});
const coded = (code: string, status?: number): Answer =>
  refused({ __type: `com.amazonaws.any#${code}`, message: `About ${code}` }, {}, status);

/** Names of refusals that clients, or this engine, know. */
const codes: readonly string[] = [
  ...['Throttling', 'ThrottlingException', 'ThrottledException', 'RequestThrottledException'],
  ...['TooManyRequestsException', 'ProvisionedThroughputExceededException', 'TransactionInProgressException'],
  ...['RequestLimitExceeded', 'BandwidthLimitExceeded', 'LimitExceededException', 'RequestThrottled'],
  ...['SlowDown', 'PriorRequestNotComplete', 'EC2ThrottledException', 'TransactionConflictException'],
  ...['ReplicatedWriteConflictException', 'IDPCommunicationError', 'RequestTimeout'],
  ...['RequestTimeoutException', 'InternalServerError', 'InternalError', 'InternalFailure'],
  ...['ServiceUnavailable', 'ServiceUnavailableException', 'KmsThrottled', 'KMSThrottlingException'],
  ...['OverLimit', 'ItemCollectionSizeLimitExceededException', 'ExpiredTokenException', 'ExpiredToken'],
  ...['UnrecognizedClientException', 'InvalidClientTokenId', 'MissingAuthenticationTokenException'],
  ...['IncompleteSignature', 'AccessDeniedException', 'ValidationException', 'RequestExpired'],
  ...['AuthFailure', 'BadDigest', 'PoolExhausted'],
];

const refusals: readonly Fault[] = [
  ...codes.map((code) => once(`${code} with 400`, () => coded(code))),
  ...['ServiceUnavailable', 'ThrottlingException', 'InternalServerError'].map((code) =>
    once(`${code} with 503`, () => coded(code, 503)),
  ),
  ...['ThrottlingException', 'ReplicatedWriteConflictException', 'RequestTimeout', 'InternalError'].map(
    (code) => always(`${code} with 400, again and again`, () => coded(code)),
  ),
  always('a name under Code', () => refused({ Code: 'ValidationException', Message: 'no' })),
  always('a name under code', () => refused({ code: 'ValidationException', message: 'no' })),
  always('a name in a header alone', () =>
    refused({ message: 'no' }, { 'x-amzn-errortype': 'com.any#ValidationException:http://any/' }),
  ),
  always('another name in the header', () =>
    refused({ __type: 'any#Second', message: 'no' }, { 'x-amzn-errortype': 'First' }),
  ),
  always('an older name of SQS', () =>
    refused(
      { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'no' },
      { 'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender' },
    ),
  ),
  always('an older name of a key', () =>
    refused(
      { __type: 'com.amazonaws.sqs#KmsAccessDenied', message: 'no' },
      { 'x-amzn-query-error': 'KMS.AccessDeniedException;Sender' },
    ),
  ),
  always('a condition that did not hold, with an item of all kinds', () =>
    refused({
      ...{ __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', message: 'no' },
      Item: {
        n: { N: '12345678901234567890123456789012345678' },
        l: { L: [{ BOOL: true }, { M: { a: { NULL: true } } }] },
        ss: { SS: ['a'] },
      },
    }),
  ),
  always('a condition that did not hold, with bytes', () =>
    refused({
      ...{ __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', message: 'no' },
      Item: { b: { B: 'AQI=' }, bs: { BS: ['AQI='] } },
    }),
  ),
  always('members of an error in the body', () =>
    refused({
      ...{ __type: 'any#ValidationException', message: 'no', name: 'Evil', stack: 'none' },
      ...{ $metadata: { x: 1 }, $fault: 'server', $response: 'none' },
    }),
  ),
  always('a class by the name __proto__ in the body', () => ({
    status: 400,
    body: '{"__type":"any#ValidationException","message":"no","__proto__":{"isOfBody":true}}',
  })),
];

/** What a network, a proxy or a service may answer. The first one is none. */
export const faults: readonly Fault[] = [
  always('an answer', (good) => ({ body: good })),
  ...connections,
  ...late,
  ...bodies,
  ...statuses,
  ...refusals,
];
