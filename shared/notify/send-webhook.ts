import { Webhook } from 'standardwebhooks';
import { webhookAddressOf } from '../domain/access/webhook-versions.ts';
import { defined } from '../domain/base/defined.ts';
import type { Clock } from '../domain/base/ports.ts';
import type { NotificationMessage } from '../domain/notify/notification.ts';
import { isAllowedHost, parseWebhookUrl } from '../domain/notify/webhook-url.ts';
import { type Attempt, delivered, down, impossible, rejected } from './attempt.ts';
import { jobEnd } from './job-end.ts';
import type { Network } from './network.ts';
import {
  type Answered,
  AnswerTimeoutError,
  InnerAddressError,
  type PostLimits,
  postRequest,
  UnansweredError,
} from './post-request.ts';

export interface WebhookDependencies {
  /** The secrets that the receiver at this address may know: the present one first. `whsec_...` */
  readonly secretsOf: (endpoint: {
    readonly tenant: string;
    readonly address: string;
  }) => Promise<readonly string[]>;
  /** Hosts that may be inner ones, and plain http. */
  readonly allowedHosts: readonly string[];
  readonly network: Network;
  readonly limits: PostLimits;
  readonly clock: Clock;
}

/** From the look-up to the last byte; and as much as a receiver may answer. */
export const webhookLimits: PostLimits = { timeoutMs: 15_000, maxAnswerBytes: 64 * 1024 };

/**
 * Posts a webhook to an address, once, as Standard Webhooks has it.
 * @throws what `secretsOf` throws
 */
export async function sendWebhook(
  message: NotificationMessage,
  address: string,
  deps: WebhookDependencies,
): Promise<Attempt> {
  const { allowedHosts, clock, limits } = deps;
  const url = parseWebhookUrl(address, allowedHosts);
  if (typeof url === 'string') return impossible(`the address ${url}`);
  const secrets = await deps.secretsOf({ tenant: message.tenant, address: webhookAddressOf(url) });
  const signed = signWebhook(message, { secrets, now: clock.now() });
  const post = { url, mayBeInner: isAllowedHost(url, allowedHosts), ...signed };
  try {
    return attemptOf(await postRequest(post, limits, deps), clock.now());
  } catch (thrown) {
    return down(reasonOf(thrown));
  }
}

/** The body of a webhook, and the headers by which its receiver knows that it comes from here. */
export function signWebhook(
  message: NotificationMessage,
  { secrets, now }: { readonly secrets: readonly string[]; readonly now: number },
) {
  const { id, type, time, data } = jobEnd(message);
  const body = JSON.stringify({ type, timestamp: time, data });
  const signatures = secrets.map((secret) => new Webhook(secret).sign(id, new Date(now), body));
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'serverless-job-worker',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now / 1000)),
      'webhook-signature': signatures.join(' '),
      ...defined({ traceparent: message.traceparent }),
    },
  };
}

function attemptOf({ status, retryAfter }: Answered, now: number): Attempt {
  if (status >= 200 && status < 300) return delivered;
  if (status === 410) return { kind: 'refused', why: 'HTTP 410: the receiver wants no more' };
  if (status === 429 || status === 503) return down(`HTTP ${status}`, secondsOf(retryAfter, now));
  if (status >= 500) return down(`HTTP ${status}`);
  if (status >= 300 && status < 400) return rejected(`HTTP ${status}: redirects are not followed`);
  return rejected(`HTTP ${status}`);
}

/** `Retry-After` is a number of seconds, or a date. */
function secondsOf(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter);
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1000);
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host was not found',
  EAI_AGAIN: 'the host could not be looked up',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke off',
  EPIPE: 'the connection broke off',
};

/** Errors whose text is ours. */
const ours = [InnerAddressError, AnswerTimeoutError, UnansweredError];

/** The text of an error may name an address, so only its code is told. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error && ours.some((type) => thrown instanceof type)) return thrown.message;
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';
  const known = reasons[code];
  if (known !== undefined) return known;
  return /^[A-Z0-9_]{1,60}$/.test(code) ? `the request failed: ${code}` : 'the request failed';
}
