import * as z from 'zod/mini';
import { LimitExceededError } from '../../domain/access/limit-error.ts';
import { limitNames } from '../../domain/access/limits.ts';
import {
  ConflictError,
  ForbiddenError,
  InvalidRequestError,
  JobNotFoundError,
  JobTypeNotSetUpError,
  KeyReusedError,
  LogsUnavailableError,
  MethodNotAllowedError,
  MetricsUnavailableError,
  NewerVersionError,
  NoResultError,
  NotFoundError,
  PayloadTooLargeError,
  QueueUnavailableError,
  RootSecretMissingError,
  StoreUnavailableError,
  TenantSuspendedError,
  UnauthenticatedError,
  UnsupportedMediaTypeError,
} from '../../domain/base/errors.ts';
import type { Log } from '../../domain/base/ports.ts';
import { ObjectNotFoundError, ObjectsUnavailableError } from '../../domain/objects/object-errors.ts';
import { OrderedQueueFullError } from '../../domain/state/limits/ordered-queue-full-error.ts';
import { SubmissionsPausedError } from '../../domain/state/limits/submissions-paused-error.ts';
import type { HttpRequest, HttpResponse } from './http-types.ts';
import { encodePath, publicPathOf } from './paths.ts';
import { type ProblemName, problemTypes, problemTypeUrl } from './problem-types.ts';
import { shownViolations } from './violations.ts';

/** An error's body: RFC 9457, with everything that is wrong with a request. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  errors: z.optional(z.array(z.object({ pointer: z.string(), detail: z.string() }))),
  limit: z.optional(
    z.object({
      name: z.enum(limitNames),
      max: z.int(),
      windowSeconds: z.optional(z.int()),
      retryAfterSeconds: z.int(),
    }),
  ),
  pause: z.optional(
    z.object({ name: z.string(), until: z.optional(z.string()), retryAfterSeconds: z.int() }),
  ),
});
export type Problem = z.infer<typeof problem>;

/** In characters. */
const maxLoggedPath = 200;

/** How long a client should wait before it asks again after a 503. */
const retryAfterUnavailableSeconds = 5;

/** The one place that decides which error is which problem, and with it which HTTP status. */
const problemNames: readonly (readonly [new (...all: never[]) => Error, ProblemName])[] = [
  [InvalidRequestError, 'invalid-request'],
  [UnauthenticatedError, 'unauthenticated'],
  [ForbiddenError, 'forbidden'],
  [TenantSuspendedError, 'tenant-suspended'],
  [JobNotFoundError, 'job-not-found'],
  [ObjectNotFoundError, 'object-not-found'],
  [NoResultError, 'no-result'],
  [NotFoundError, 'not-found'],
  [MethodNotAllowedError, 'method-not-allowed'],
  [ConflictError, 'conflict'],
  [JobTypeNotSetUpError, 'job-type-not-set-up'],
  [PayloadTooLargeError, 'too-large'],
  [UnsupportedMediaTypeError, 'unsupported-media-type'],
  [KeyReusedError, 'key-reused'],
  [LimitExceededError, 'limit-exceeded'],
  [OrderedQueueFullError, 'ordered-queue-full'],
  [SubmissionsPausedError, 'submissions-paused'],
  [StoreUnavailableError, 'unavailable'],
  [NewerVersionError, 'unavailable'],
  [QueueUnavailableError, 'unavailable'],
  [ObjectsUnavailableError, 'unavailable'],
  [LogsUnavailableError, 'unavailable'],
  [MetricsUnavailableError, 'unavailable'],
  [RootSecretMissingError, 'unavailable'],
];

/** What failed inside, or what is wrong with a credential, is for the log. A client learns only what it can act on. */
const generalDetails: Partial<Record<ProblemName, string>> = {
  unauthenticated: 'Send a valid credential.',
  'internal-error': 'Something unexpected happened; it was logged.',
  unavailable: 'Please try again. With the same Idempotency-Key a repeated submission is safe.',
};

export const jsonResponse = (
  statusCode: number,
  body: unknown,
  headers: Record<string, string> = {},
): HttpResponse => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** The header of an answer with a credential, or with a link that needs none: nobody keeps the answer. */
export const holdsLink = { 'cache-control': 'no-store' } as const;

interface Refused extends Pick<HttpRequest, 'rawPath' | 'publicUrl'> {
  /** Of the request, as a fragment: `#/jobs/1`. */
  readonly part?: string;
  /** How many violations the document has at most. */
  readonly maxErrors?: number;
}

/** The problem document (RFC 9457) of an error, without stack or cause. Logs what only the log may tell. */
export function problemOf(
  error: Error,
  { rawPath, publicUrl, part = '', maxErrors }: Refused,
  log: Log,
): Problem {
  const above = publicPathOf({ publicUrl });
  const [, name] = problemNames.find(([type]) => error instanceof type) ?? [null, 'internal-error' as const];
  const { status, title } = problemTypes[name];
  // Never the query: it may have a grant. How long a path is, anybody decides.
  const shownPath = (rawPath + part).slice(0, maxLoggedPath);
  if (status >= 500 && !(error instanceof SubmissionsPausedError))
    log.error('request failed', { error, path: shownPath });
  if (status === 401) log.info('credential refused', { why: error.message, path: shownPath });
  return {
    type: above + problemTypeUrl(name),
    title,
    status,
    detail: generalDetails[name] ?? error.message,
    instance: above + encodePath(rawPath) + part,
    ...(error instanceof InvalidRequestError && error.violations.length > 0
      ? { errors: shownViolations(error.violations, maxErrors) }
      : {}),
    ...(error instanceof LimitExceededError ? { limit: shownLimit(error) } : {}),
    ...(error instanceof SubmissionsPausedError ? { pause: shownPause(error) } : {}),
  };
}

const shownLimit = ({ exceeded: { limit: name, ...figures } }: LimitExceededError) => ({ name, ...figures });

const shownPause = ({ pause: { until, ...rest } }: SubmissionsPausedError) => ({
  ...rest,
  ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
});

/** The limit by the fields of draft-ietf-httpapi-ratelimit-headers: lists of RFC 9651, each policy under its name. */
const limitHeaders = ({ exceeded }: LimitExceededError): Record<string, string> => {
  const { limit, max, windowSeconds, retryAfterSeconds } = exceeded;
  return {
    'retry-after': String(retryAfterSeconds),
    ratelimit: `"${limit}";r=0;t=${retryAfterSeconds}`,
    'ratelimit-policy': `"${limit}";q=${max}${windowSeconds === undefined ? '' : `;w=${windowSeconds}`}`,
  };
};

/** The answer with an error's problem document. */
export function problemResponse(error: Error, request: HttpRequest, log: Log): HttpResponse {
  const body = problemOf(error, request, log);
  return jsonResponse(body.status, body, {
    'content-type': 'application/problem+json',
    ...(body.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(body.status === 503 ? { 'retry-after': String(retryAfterUnavailableSeconds) } : {}),
    ...(error instanceof LimitExceededError ? limitHeaders(error) : {}),
    ...(error instanceof OrderedQueueFullError ? { 'retry-after': String(error.retryAfterSeconds) } : {}),
    ...(error instanceof SubmissionsPausedError
      ? { 'retry-after': String(error.pause.retryAfterSeconds) }
      : {}),
    ...(error instanceof MethodNotAllowedError ? { allow: error.allow.join(', ') } : {}),
  });
}
