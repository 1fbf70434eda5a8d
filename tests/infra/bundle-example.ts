import { assetTexts } from '../../functions/pages/html/asset-texts.ts';
import { assetUrl } from '../../functions/pages/html/assets.ts';
import { writeMessage } from '../../shared/domain/state/job/message.ts';
import { routed } from '../api-gateway.ts';
import { aMessage } from '../set-ups/samples.ts';

/** An event that a bundle is invoked with, on its own, and what it answers. */
export interface BundleExample {
  readonly title: string;
  readonly event: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly answer?: object;
  /** What it throws in place of an answer. */
  readonly error?: string;
  /** A part of its log. */
  readonly log?: string;
}

/** As API Gateway passes it. */
export const request = (call: string, body?: string): unknown => {
  const [method = '', path = ''] = call.split(' ');
  return routed({ method, path, ...(body === undefined ? {} : { body }) }).event;
};
/** What a browser sends for a form of a page of ours. */
export const form = (path: string, values = ''): unknown => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
  return routed({ method: 'POST', path, headers, body: values }).event;
};
export const open = { AUTH: 'none', STAGE: 'local' };
export const job = '/jobs/00000000-0000-4000-8000-000000000000';
export const submit = (body: string) => request('POST /jobs', body);
export const counting = '{"type":"counting","payload":{"seconds":1}}';

export const rejects = (what: string, event: unknown, statusCode: number): BundleExample => ({
  title: `rejects ${what}`,
  event,
  env: open,
  answer: { statusCode },
});
/** The first check needs no table: a caller without a key costs nothing. */
export const refusesWithoutKey = (call: string, body?: string): BundleExample => ({
  title: `refuses ${call} without a key`,
  event: request(call, body),
  answer: { statusCode: 401 },
});
/** Such a call needs the whole SDK: a bundle that lacks a part of it would fail with another error. */
export const answers503 = (call: string, body?: string): BundleExample => ({
  title: `answers 503 to ${call} if AWS cannot be reached`,
  event: request(call, body),
  env: open,
  answer: { statusCode: 503 },
});
/** A route that asks for no key, with the environment of a stage that has keys. */
export const answersAnybody = (call: string, statusCode: number, more: object = {}): BundleExample => ({
  title: `answers ${statusCode} to ${call} of anybody`,
  event: request(call),
  answer: { statusCode, ...more },
});
export const leadsToSignIn = (what: string, event: unknown, next: string): BundleExample => ({
  title: `leads ${what} to the sign-in, without a session`,
  event,
  answer: { statusCode: 303, headers: { location: `/ui/sign-in?next=${encodeURIComponent(next)}` } },
});
export const isPage = { 'content-type': 'text/html; charset=utf-8' };
/** The whole SDK is there: see above. */
export const shows503 = (what: string, event: unknown): BundleExample => ({
  title: `shows a page with 503 for ${what} if AWS cannot be reached`,
  event,
  env: open,
  answer: { statusCode: 503, headers: isPage },
});
export const hasAsset = (name: 'style.css' | 'page.js'): BundleExample =>
  answersAnybody(`GET ${assetUrl(name)}`, 200, { body: assetTexts()[name] });
const messageFrom = (queue: string) => ({
  messageId: 'm1',
  receiptHandle: 'r1',
  body: '{',
  attributes: { ApproximateReceiveCount: '1' },
  eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:job-worker-dev-${queue}`,
});

const messageReturned = { batchItemFailures: [{ itemIdentifier: 'm1' }] };
export const returnsMessage = (queue: string): BundleExample => ({
  title: `returns an unreadable message of ${queue} if SQS cannot be reached`,
  event: { Records: [messageFrom(queue)] },
  answer: messageReturned,
});
/** The first call of a worker is for what is paused. */
export const readsPauses = (queue: string, type: string): BundleExample => ({
  ...claims(queue, type),
  title: `returns a message of ${queue} if the table cannot be reached before the claim`,
  log: 'the table is out of reach: read the pauses',
});
/** That of bulk actions is the claim, which Powertools' idempotency makes: they are never paused. */
export const claims = (queue: string, type: string): BundleExample => ({
  title: `returns a message of ${queue} if the table cannot be reached at the claim`,
  event: { Records: [{ ...messageFrom(queue), body: writeMessage(aMessage({ type })) }] },
  answer: messageReturned,
  log: 'the table is out of reach: claim',
});
