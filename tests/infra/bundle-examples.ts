/** An event for a bundle that runs on its own, and what it answers. */
export interface BundleExample {
  readonly title: string;
  readonly event: unknown;
  readonly answer: object;
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
const message = { messageId: 'm1', receiptHandle: 'r1', body: '{', attributes: {} };
const keepsMessage = unreachable(
  { Records: [message] },
  { batchItemFailures: [{ itemIdentifier: message.messageId }] },
);

/** By handler. */
export const bundleExamples: Readonly<Record<string, readonly BundleExample[]>> = {
  'functions/submit/handler.handler': [
    malformed(request('', '{'), 400),
    unreachable(request('', countdown), unavailable),
  ],
  'functions/status/handler.handler': [
    malformed(request('none'), 404),
    unreachable(request(someId), unavailable),
  ],
  'functions/control/handler.cancel': [malformed(request('none'), 404)],
  'functions/control/handler.retry': [
    malformed(request('none'), 404),
    unreachable(request(someId), unavailable),
  ],
  'functions/worker/handler.handler': [keepsMessage],
  'functions/deadletter/handler.handler': [keepsMessage],
  'functions/gate/handler.handler': [keepsMessage],
};
