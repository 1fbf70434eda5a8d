import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import {
  asError,
  ConflictError,
  InvalidRequestError,
  JobNotFoundError,
  KeyReusedError,
  NewerVersionError,
  PayloadTooLargeError,
  QueueUnavailableError,
  StoreUnavailableError,
  UnsupportedMediaTypeError,
} from '../job/errors.ts';
import type { Log } from '../job/ports.ts';
import type { JobOfTenant } from '../operations/find-job.ts';

export type HttpRequest = APIGatewayProxyEventV2;
export type HttpResponse = APIGatewayProxyStructuredResultV2;

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
  [JobNotFoundError, 404, 'There is no such job'],
  [ConflictError, 409, 'The state of the job does not allow it'],
  [PayloadTooLargeError, 413, 'The request is too large'],
  [UnsupportedMediaTypeError, 415, 'The content type is not supported'],
  [KeyReusedError, 422, 'The idempotency key was used for another request'],
  [StoreUnavailableError, 503, 'The service is not available at the moment'],
  [NewerVersionError, 503, 'The service is not available at the moment'],
  [QueueUnavailableError, 503, 'The service is not available at the moment'],
];

const serverDetails = new Map([
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

/** Wraps a route: whatever it throws becomes a problem document (RFC 9457), without stack or cause. */
export const httpHandler =
  (log: Log, route: (request: HttpRequest) => Promise<HttpResponse>) =>
  async (request: HttpRequest): Promise<HttpResponse> => {
    try {
      return await route(request);
    } catch (thrown) {
      return problemResponse(asError(thrown), request, log);
    }
  };

function problemResponse(error: Error, request: HttpRequest, log: Log): HttpResponse {
  const [, status, title] = statuses.find(([type]) => error instanceof type) ?? [null, 500, 'Internal error'];
  if (status >= 500) log.error('request failed', { error, path: request.rawPath });
  const body: Problem = {
    type: 'about:blank',
    title,
    status,
    // What failed inside is for the log. A client learns only what it can act on.
    detail: serverDetails.get(status) ?? error.message,
    instance: request.rawPath,
    ...(error instanceof InvalidRequestError && error.violations.length > 0
      ? { errors: [...error.violations] }
      : {}),
  };
  return jsonResponse(status, body, {
    'content-type': 'application/problem+json',
    ...(status === 503 ? { 'retry-after': String(retryAfterUnavailableSeconds) } : {}),
  });
}

/** The address of a job's status, on the host (and below the stage's path) that the client called. */
export function statusUrlOf(request: HttpRequest, id: string): string {
  const { stage, domainName } = request.requestContext;
  const origin = `${request.headers['x-forwarded-proto'] ?? 'http'}://${request.headers.host ?? domainName}`;
  const stagePath = request.rawPath.startsWith(`/${stage}/`) ? `/${stage}` : '';
  return `${origin}${stagePath}/jobs/${id}`;
}

/** Which job a route below `/jobs/{id}` is about. */
export const jobOf = (request: HttpRequest): JobOfTenant => ({
  id: request.pathParameters?.id ?? '',
  tenant: tenantOf(request),
});

/** Whose job it is: the subject of the caller's token where an authorizer checked one, else everyone's. */
export function tenantOf(request: HttpRequest): string {
  const context = request.requestContext;
  const claims = 'authorizer' in context ? jwtClaims(context.authorizer) : undefined;
  return typeof claims?.sub === 'string' && claims.sub !== '' ? claims.sub : 'public';
}

function jwtClaims(authorizer: unknown): Record<string, unknown> | undefined {
  const jwt = isRecord(authorizer) ? authorizer.jwt : undefined;
  const claims = isRecord(jwt) ? jwt.claims : undefined;
  return isRecord(claims) ? claims : undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
