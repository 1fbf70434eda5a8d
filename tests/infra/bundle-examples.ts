import { writeMessage } from '../../shared/job/message.ts';
import { aMessage } from '../fakes/samples.ts';

/** An event that a bundle is invoked with, on its own, and what it answers. */
export interface BundleExample {
  readonly title: string;
  readonly event: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly answer: object;
  /** A part of its log. */
  readonly log?: string;
}

/** As API Gateway passes it, for a stage without access control. */
const request = (routeKey: string, id: string, body?: string) => {
  const [method = '', path = ''] = routeKey.split(' ');
  const rawPath = path.replace('{id}', id);
  return {
    body,
    routeKey,
    headers: { 'content-type': 'application/json' },
    pathParameters: { id },
    rawPath,
    requestContext: { domainName: 'example.test', http: { method, path: rawPath } },
  };
};
const open = { AUTH: 'none', STAGE: 'local' };
const someId = '00000000-0000-4000-8000-000000000000';
const status = 'GET /jobs/{id}';
const page = 'GET /ui/jobs/{id}';
const cancel = 'POST /jobs/{id}/cancel';
const retry = 'POST /jobs/{id}/retry';
const submit = (body: string) => request('POST /jobs', '', body);
const countdown = '{"type":"countdown","payload":{"seconds":1}}';

const rejects = (what: string, event: unknown, statusCode: number): BundleExample => ({
  title: `rejects ${what}`,
  event,
  env: open,
  answer: { statusCode },
});
/** The first check needs no table: whoever has no key costs nothing. */
const refusesWithoutKey = (event: unknown): BundleExample => ({
  title: 'refuses a request without a key',
  event,
  answer: { statusCode: 401 },
});
/** Such a call needs the whole SDK: a bundle that lacks a part of it would fail with another error. */
const answers503 = (event: unknown): BundleExample => ({
  title: 'answers 503 if AWS cannot be reached',
  event,
  env: open,
  answer: { statusCode: 503 },
});
const messageFrom = (queueId: string) => ({
  messageId: 'm1',
  receiptHandle: 'r1',
  body: '{',
  attributes: { ApproximateReceiveCount: '1' },
  eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:${queueId}`,
});

const messageReturned = { batchItemFailures: [{ itemIdentifier: 'm1' }] };
const returnsMessage = (queueId: string): BundleExample => ({
  title: `returns an unreadable message of ${queueId} if SQS cannot be reached`,
  event: { Records: [messageFrom(queueId)] },
  answer: messageReturned,
});
/** The first call of a worker is the claim, which Powertools' idempotency makes. */
const claims = (queueId: string, type: string): BundleExample => ({
  title: `returns a message of ${queueId} if the table cannot be reached at the claim`,
  event: { Records: [{ ...messageFrom(queueId), body: writeMessage(aMessage({ type })) }] },
  answer: messageReturned,
  log: 'the table could not be written',
});

/** By handler. */
export const bundleExamples: Readonly<Record<string, readonly BundleExample[]>> = {
  'functions/submit/handler.handler': [
    refusesWithoutKey(submit(countdown)),
    rejects('malformed JSON', submit('{'), 400),
    answers503(submit(countdown)),
  ],
  'functions/status/handler.handler': [
    refusesWithoutKey(request(status, someId)),
    refusesWithoutKey(request(page, someId)),
    rejects('a malformed job id', request(status, 'none'), 404),
    rejects('a malformed job id of a page', request(page, 'none'), 404),
    answers503(request(status, someId)),
    {
      title: 'logs that the credentials are missing',
      event: request(status, someId),
      env: { ...open, AWS_ACCESS_KEY_ID: '' },
      answer: { statusCode: 503 },
      log: 'Unable to find environment variable credentials.',
    },
  ],
  'functions/control/handler.handler': [
    refusesWithoutKey(request(cancel, someId)),
    refusesWithoutKey(request(retry, someId)),
    rejects('a cancel of a malformed job id', request(cancel, 'none'), 404),
    rejects('a retry of a malformed job id', request(retry, 'none'), 404),
    { ...answers503(request(cancel, someId)), title: 'answers 503 to a cancel if AWS cannot be reached' },
    { ...answers503(request(retry, someId)), title: 'answers 503 to a retry if AWS cannot be reached' },
  ],
  'functions/worker/handler.handler': [
    returnsMessage('StandardQueue'),
    claims('StandardQueue', 'csv-aggregate'),
  ],
  'functions/long-worker/handler.handler': [
    returnsMessage('LongQueue'),
    returnsMessage('OrderedQueue'),
    claims('LongQueue', 'countdown'),
    claims('OrderedQueue', 'csv-aggregate'),
  ],
  'functions/dead-letter/handler.handler': [
    returnsMessage('DeadLetterQueue'),
    returnsMessage('OrderedDeadLetterQueue'),
  ],
  'functions/admission/handler.handler': [returnsMessage('WaitingQueue')],
};
