import {
  ConflictError,
  ForbiddenError,
  InvalidRequestError,
  KeyReusedError,
  NotFoundError,
  type Problem,
  ProblemError,
  ThrottledError,
  TooLargeError,
  UnauthenticatedError,
  UnavailableError,
} from './errors.ts';

const byStatus: Readonly<Record<number, typeof ProblemError>> = {
  400: InvalidRequestError,
  401: UnauthenticatedError,
  403: ForbiddenError,
  404: NotFoundError,
  409: ConflictError,
  413: TooLargeError,
  422: KeyReusedError,
  429: ThrottledError,
  502: UnavailableError,
  503: UnavailableError,
  504: UnavailableError,
};

/** The error that a problem stands for. */
export function toError(problem: Problem, retryAfterSeconds?: number): ProblemError {
  const ErrorClass = byStatus[problem.status] ?? ProblemError;
  return new ErrorClass(problem, retryAfterSeconds);
}

/**
 * What an answer of 400 or more says: a problem document, or the gateway's own `{"message": ...}`, or anything else.
 */
export function problemIn({ status, headers }: Pick<Response, 'status' | 'headers'>, text: string) {
  const { type = 'about:blank', errors, ...body }: Readonly<Record<string, unknown>> = Object(parsed(text));
  const title = String(body.title ?? body.message ?? `HTTP ${status}`);
  const detail = String(body.detail ?? title);
  const violations = Array.isArray(errors) ? errors : [];
  const limit = Object(body.limit);
  return toError(
    {
      type: String(type),
      title,
      status,
      detail,
      errors: violations,
      ...(typeof limit.retryAfterSeconds === 'number' ? { limit } : {}),
    },
    retryAfterSeconds(headers, Date.now()),
  );
}

/** @returns undefined for what is no JSON, such as the beginning of one */
export function parsed<Body>(text: string): Body | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * How long an answer asks to wait: `Retry-After` is a number of seconds, or a date.
 * @param now epoch milliseconds
 */
export function retryAfterSeconds(headers: Headers, now: number): number | undefined {
  const text = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(text)) return Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1000);
}
