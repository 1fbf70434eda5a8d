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

const request = (path: string, body?: string) => ({
  body,
  headers: { 'content-type': 'application/json' },
  pathParameters: { id: path.split('/')[0] },
  rawPath: `/jobs/${path}`,
  requestContext: { domainName: 'example.test', http: { method: 'POST', path: `/jobs/${path}` } },
});
const someId = '00000000-0000-4000-8000-000000000000';
const countdown = '{"type":"countdown","payload":{"seconds":1}}';

const rejects = (what: string, event: unknown, statusCode: number): BundleExample => ({
  title: `rejects ${what}`,
  event,
  answer: { statusCode },
});
/** Such a call needs the whole SDK: a bundle that lacks a part of it would fail with another error. */
const answers503 = (event: unknown): BundleExample => ({
  title: 'answers 503 if AWS cannot be reached',
  event,
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
    rejects('malformed JSON', request('', '{'), 400),
    answers503(request('', countdown)),
  ],
  'functions/status/handler.handler': [
    rejects('a malformed job id', request('none'), 404),
    answers503(request(someId)),
    {
      title: 'logs that the credentials are missing',
      event: request(someId),
      env: { AWS_ACCESS_KEY_ID: '' },
      answer: { statusCode: 503 },
      log: 'Unable to find environment variable credentials.',
    },
  ],
  'functions/control/handler.handler': [
    rejects('a cancel of a malformed job id', request('none/cancel'), 404),
    rejects('a retry of a malformed job id', request('none/retry'), 404),
    { ...answers503(request(`${someId}/cancel`)), title: 'answers 503 to a cancel if AWS cannot be reached' },
    { ...answers503(request(`${someId}/retry`)), title: 'answers 503 to a retry if AWS cannot be reached' },
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
