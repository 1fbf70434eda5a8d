import { expect } from '@jest/globals';
import { assetTexts } from '../../functions/pages/asset-texts.ts';
import { assetUrl } from '../../functions/pages/assets.ts';
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
/** What a browser sends for a form of a page of ours. */
const form = (path: string, values = ''): unknown => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
  return routed({ method: 'POST', path, headers, body: values }).event;
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
const leadsToSignIn = (what: string, event: unknown, next: string): BundleExample => ({
  title: `leads ${what} to the sign-in, without a session`,
  event,
  answer: { statusCode: 303, headers: { location: `/ui/sign-in?next=${encodeURIComponent(next)}` } },
});
const isPage = { 'content-type': 'text/html; charset=utf-8' };
/** The whole SDK is there: see above. */
const shows503 = (what: string, event: unknown): BundleExample => ({
  title: `shows a page with 503 for ${what} if AWS cannot be reached`,
  event,
  env: open,
  answer: { statusCode: 503, headers: isPage },
});
const hasAsset = (name: 'style.css' | 'page.js'): BundleExample =>
  answersAnybody(`GET ${assetUrl(name)}`, 200, { body: assetTexts()[name] });
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
  'POST /uploads',
  'GET /webhook-secret',
  'GET /job-types',
  'GET /job-types/countdown',
];

const pagesToSignIn = [
  '/ui',
  `/ui${job}`,
  `/ui${job}/result`,
  '/ui/actions',
  '/ui/job-types/countdown',
  '/ui/queues',
];
const formsToSignIn = [`/ui${job}/cancel`, `/ui${job}/retry`, '/ui/actions', '/ui/job-types/countdown'];

/** By handler. */
export const bundleExamples: Readonly<Record<string, readonly BundleExample[]>> = {
  'functions/submit/handler.handler': [
    refusesWithoutKey('POST /jobs', countdown),
    rejects('malformed JSON', submit('{'), 400),
    answers503('POST /jobs', countdown),
  ],
  'functions/status/handler.handler': [
    refusesWithoutKey(`GET ${job}`),
    rejects('a malformed job id', request('GET /jobs/none'), 404),
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
  'functions/pages/handler.handler': [
    answersAnybody('GET /', 303, { headers: { location: '/ui' } }),
    answersAnybody('GET /ui/sign-in', 200, { headers: isPage, body: expect.stringContaining('API key') }),
    hasAsset('style.css'),
    hasAsset('page.js'),
    answersAnybody('GET /ui/assets/none.js', 404, { headers: isPage }),
    ...pagesToSignIn.map((path) => leadsToSignIn(`GET ${path}`, request(`GET ${path}`), path)),
    ...formsToSignIn.map((path) => leadsToSignIn(`POST ${path}`, form(path), '/ui')),
    rejects('a malformed job id', request('GET /ui/jobs/none'), 404),
    rejects('a form of another site', request('POST /ui/actions', ''), 403),
    rejects('an unknown job type', request('GET /ui/job-types/none'), 404),
    {
      title: 'has the form of a job type, made of the schema of its payload',
      event: request('GET /ui/job-types/countdown'),
      env: open,
      answer: { statusCode: 200, headers: isPage, body: expect.stringContaining('name="field.seconds"') },
    },
    shows503('GET /ui', request('GET /ui')),
    shows503('the figures of the queues', request('GET /ui/queues')),
    shows503('a cancel', form(`/ui${job}/cancel`)),
    shows503('a retry', form(`/ui${job}/retry`)),
    shows503('a bulk action', form('/ui/actions', 'action=cancel&type=countdown')),
    shows503('a submission', form('/ui/job-types/countdown', 'field.seconds=1')),
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
  'functions/notify/handler.handler': [returnsMessage('NotifyQueue')],
  'functions/admission/handler.handler': [returnsMessage('WaitingQueue')],
};
