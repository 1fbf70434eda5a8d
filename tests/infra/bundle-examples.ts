import { writeMessage } from '../../shared/job/message.ts';
import { aMessage } from '../fakes/samples.ts';

/** An event for a bundle that runs on its own, and what it answers. */
export interface BundleExample {
  readonly title: string;
  readonly event: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly answer: object;
  /** What its log says, among other things. */
  readonly log?: string;
}

const request = (id: string, body?: string) => ({
  body,
  headers: { 'content-type': 'application/json' },
  pathParameters: { id },
  rawPath: `/jobs/${id}`,
  requestContext: { domainName: 'example.test', http: { method: 'POST', path: `/jobs/${id}` } },
});
const someId = '00000000-0000-4000-8000-000000000000';
const countdown = '{"type":"countdown","payload":{"seconds":1}}';

const malformed = (event: unknown, statusCode: number): BundleExample => ({
  title: 'refuses what is malformed',
  event,
  answer: { statusCode },
});
/** It takes the whole SDK to find that out: a bundle that lacks a part of it would fail otherwise. */
const unreachable = (event: unknown, answer: object): BundleExample => ({
  title: 'finds AWS unreachable',
  event,
  answer,
});
const unavailable = { statusCode: 503 };
const messageFrom = (queueId: string) => ({
  messageId: 'm1',
  receiptHandle: 'r1',
  body: '{',
  attributes: { ApproximateReceiveCount: '1' },
  eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:${queueId}`,
});

const messageReturned = { batchItemFailures: [{ itemIdentifier: 'm1' }] };
const returnsMessage = (queueId: string) => unreachable({ Records: [messageFrom(queueId)] }, messageReturned);
/** Its claim, which Powertools' idempotency makes, is the first call. */
const claims = (queueId: string, type: string): BundleExample => ({
  title: 'finds the table unreachable',
  event: { Records: [{ ...messageFrom(queueId), body: writeMessage(aMessage({ type })) }] },
  answer: messageReturned,
  log: 'the table could not be written',
});

/** By handler. */
export const bundleExamples: Readonly<Record<string, readonly BundleExample[]>> = {
  'functions/submit/handler.handler': [
    malformed(request('', '{'), 400),
    unreachable(request('', countdown), unavailable),
  ],
  'functions/status/handler.handler': [
    malformed(request('none'), 404),
    unreachable(request(someId), unavailable),
    {
      title: 'says that it finds no credentials',
      event: request(someId),
      env: { AWS_ACCESS_KEY_ID: '' },
      answer: unavailable,
      log: 'Unable to find environment variable credentials.',
    },
  ],
  'functions/control/handler.handler': [
    malformed(request('none/cancel'), 404),
    malformed(request('none/retry'), 404),
    unreachable(request(someId), unavailable),
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
