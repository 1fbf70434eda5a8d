import type { APIGatewayProxyEventV2, Context, SQSEvent } from 'aws-lambda';

const routeKeyOf = (method: string, path: string, id = '') =>
  `${method} ${id === '' ? path : path.replace(id, '{id}')}`;

/** The event that an HTTP API passes to a function. */
export const httpEvent = (
  method: string,
  path: string,
  {
    body,
    headers = {},
    id,
    authorizer,
  }: { body?: string; headers?: Record<string, string>; id?: string | undefined; authorizer?: unknown } = {},
): APIGatewayProxyEventV2 => ({
  version: '2.0',
  routeKey: routeKeyOf(method, path, id),
  rawPath: path,
  rawQueryString: '',
  headers: {
    host: 'api.example.com',
    'x-forwarded-proto': 'https',
    'content-type': 'application/json',
    ...headers,
  },
  requestContext: {
    accountId: '000000000000',
    apiId: 'api',
    domainName: 'api.example.com',
    domainPrefix: 'api',
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
    requestId: 'request',
    routeKey: routeKeyOf(method, path, id),
    stage: '$default',
    time: '',
    timeEpoch: 0,
    ...(authorizer === undefined ? {} : { authorizer }),
  },
  isBase64Encoded: false,
  ...(body === undefined ? {} : { body }),
  ...(id === undefined ? {} : { pathParameters: { id: decodeURIComponent(id) } }),
});

/** The context that Lambda passes to a function. */
export function lambdaContext(timeoutMs: number): Context {
  const end = Date.now() + timeoutMs;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'worker',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:worker',
    memoryLimitInMB: '512',
    awsRequestId: 'request',
    logGroupName: 'group',
    logStreamName: 'stream',
    getRemainingTimeInMillis: () => end - Date.now(),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}

/** A batch of messages with these bodies. Their receipt handles belong to no message in a queue. */
export const sqsEvent = (bodies: readonly string[]): SQSEvent => ({
  Records: bodies.map((body, index) => ({
    messageId: `message-${index}`,
    receiptHandle: `receipt-${index}`,
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(Date.now()),
      SenderId: 'test',
      ApproximateFirstReceiveTimestamp: String(Date.now()),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:long',
    awsRegion: 'eu-central-1',
  })),
});
