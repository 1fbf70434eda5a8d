import { writeMessage } from '../../shared/job/message.ts';
import { routed } from '../api-gateway.ts';
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

/** As API Gateway passes it. */
const request = (call: string, body?: string): unknown => {
  const [method = '', path = ''] = call.split(' ');
  return routed({ method, path, ...(body === undefined ? {} : { body }) }).event;
};
const open = { AUTH: 'none', STAGE: 'local' };
const job = '/jobs/00000000-0000-4000-8000-000000000000';
const submit = (body: string) => request('POST /jobs', body);
const countdown = '{"type":"countdown","payload":{"seconds":1}}';

const rejects = (what: string, event: unknown, statusCode: number): BundleExample => ({
  title: `rejects ${what}`,
  event,
  env: open,
  answer: { statusCode },
});
/** The first check needs no table: whoever has no key costs nothing. */
const refusesWithoutKey = (call: string, body?: string): BundleExample => ({
  title: `refuses ${call} without a key`,
  event: request(call, body),
  answer: { statusCode: 401 },
});
/** Such a call needs the whole SDK: a bundle that lacks a part of it would fail with another error. */
const answers503 = (call: string, body?: string): BundleExample => ({
  title: `answers 503 to ${call} if AWS cannot be reached`,
  event: request(call, body),
  env: open,
  answer: { statusCode: 503 },
});
/** A route that asks for no key, with the environment of a stage that has keys. */
const answersAnybody = (call: string, statusCode: number, more: object = {}): BundleExample => ({
  title: `answers ${statusCode} to ${call} of anybody`,
  event: request(call),
  answer: { statusCode, ...more },
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

const guardedCalls = [
  'GET /jobs',
  'POST /jobs/batch',
  'POST /jobs/actions',
  `POST ${job}/cancel`,
  `POST ${job}/retry`,
  `GET ${job}/result`,
  `DELETE ${job}`,
  'GET /job-types',
  'GET /job-types/countdown',
];

/** By handler. */
export const bundleExamples: Readonly<Record<string, readonly BundleExample[]>> = {
  'functions/submit/handler.handler': [
    refusesWithoutKey('POST /jobs', countdown),
    rejects('malformed JSON', submit('{'), 400),
    answers503('POST /jobs', countdown),
  ],
  'functions/status/handler.handler': [
    refusesWithoutKey(`GET ${job}`),
    refusesWithoutKey(`GET /ui${job}`),
    rejects('a malformed job id', request('GET /jobs/none'), 404),
    rejects('a malformed job id of a page', request('GET /ui/jobs/none'), 404),
    answers503(`GET ${job}`),
    {
      title: 'logs that the credentials are missing',
      event: request(`GET ${job}`),
      env: { ...open, AWS_ACCESS_KEY_ID: '' },
      answer: { statusCode: 503 },
      log: 'Unable to find environment variable credentials.',
    },
  ],
  'functions/wait/handler.handler': [
    refusesWithoutKey(`GET ${job}/wait`),
    rejects('a malformed job id', request('GET /jobs/none/wait'), 404),
    answers503(`GET ${job}/wait`),
  ],
  'functions/api/handler.handler': [
    ...guardedCalls.map((call) => refusesWithoutKey(call)),
    rejects('a cancel of a malformed job id', request('POST /jobs/none/cancel'), 404),
    rejects('a retry of a malformed job id', request('POST /jobs/none/retry'), 404),
    rejects('an unknown query parameter', request('GET /jobs?colour=red'), 400),
    answers503('GET /jobs'),
    answers503('POST /jobs/actions', '{"action":"retry","filter":{"type":"countdown"}}'),
    answers503(`POST ${job}/cancel`),
    answers503(`POST ${job}/retry`),
    answersAnybody('GET /health', 503),
    answersAnybody('GET /openapi.json', 200),
    answersAnybody('GET /problems/conflict', 200),
    answersAnybody('GET /nowhere', 404),
    answersAnybody(`PUT ${job}`, 405, { headers: { allow: 'DELETE, GET, HEAD' } }),
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
