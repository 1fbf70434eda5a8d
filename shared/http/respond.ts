import * as z from 'zod/mini';
import {
  ConflictError,
  ForbiddenError,
  InvalidRequestError,
  JobNotFoundError,
  KeyReusedError,
  NewerVersionError,
  PayloadTooLargeError,
  QueueUnavailableError,
  RootSecretMissingError,
  StoreUnavailableError,
  UnauthenticatedError,
  UnsupportedMediaTypeError,
} from '../job/errors.ts';
import type { Log } from '../job/ports.ts';
import type { HttpRequest, HttpResponse } from './http-types.ts';

/** An error's body: RFC 9457, with everything that is wrong with a request. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  errors: z.optional(z.array(z.object({ pointer: z.string(), detail: z.string() }))),
});
export type Problem = z.infer<typeof problem>;

/** How long a client should wait before it asks again after a 503. */
const retryAfterUnavailableSeconds = 5;

/** The one place that decides which error is which HTTP status. */
const statuses: readonly (readonly [new (message: string) => Error, number, string])[] = [
  [InvalidRequestError, 400, 'The request is not valid'],
  [UnauthenticatedError, 401, 'The credential is missing or not valid'],
  [ForbiddenError, 403, 'The credential does not allow it'],
  [JobNotFoundError, 404, 'There is no such job'],
  [ConflictError, 409, 'The state of the job does not allow it'],
  [PayloadTooLargeError, 413, 'The request is too large'],
  [UnsupportedMediaTypeError, 415, 'The content type is not supported'],
  [KeyReusedError, 422, 'The idempotency key was used for another request'],
  [StoreUnavailableError, 503, 'The service is not available at the moment'],
  [NewerVersionError, 503, 'The service is not available at the moment'],
  [QueueUnavailableError, 503, 'The service is not available at the moment'],
  [RootSecretMissingError, 503, 'The service is not available at the moment'],
];

/** What failed inside, or what is wrong with a credential, is for the log. A client learns only what it can act on. */
const generalDetails = new Map([
  [401, 'Send a valid credential.'],
  [500, 'Something unexpected happened; it was logged.'],
  [503, 'Please try again. With the same Idempotency-Key a repeated submission is safe.'],
]);

export const jsonResponse = (
  statusCode: number,
  body: unknown,
  headers: Record<string, string> = {},
): HttpResponse => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** The problem document (RFC 9457) of an error, without stack or cause. Logs what only the log may tell. */
export function problemResponse(error: Error, request: HttpRequest, log: Log): HttpResponse {
  const [, status, title] = statuses.find(([type]) => error instanceof type) ?? [null, 500, 'Internal error'];
  // Never the query: it may have a grant.
  if (status >= 500) log.error('request failed', { error, path: request.rawPath });
  if (status === 401) log.info('credential refused', { why: error.message, path: request.rawPath });
  const body: Problem = {
    type: 'about:blank',
    title,
    status,
    detail: generalDetails.get(status) ?? error.message,
    instance: request.rawPath,
    ...(error instanceof InvalidRequestError && error.violations.length > 0
      ? { errors: [...error.violations] }
      : {}),
  };
  return jsonResponse(status, body, {
    'content-type': 'application/problem+json',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 503 ? { 'retry-after': String(retryAfterUnavailableSeconds) } : {}),
  });
}
