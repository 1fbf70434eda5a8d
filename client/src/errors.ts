import type { Job } from './job.ts';

/** What an answer of the API says of an error (RFC 9457). */
export interface Problem {
  /** A path below `/problems/`, or `about:blank` if the gateway itself has answered. */
  readonly type: string;
  readonly title: string;
  /** The HTTP status. */
  readonly status: number;
  readonly detail: string;
  /** Everything that is wrong with the request. */
  readonly errors?: readonly Violation[] | undefined;
  /** The limit of the tenant that is used up, with the type `/problems/limit-exceeded`. */
  readonly limit?: ExceededLimit | undefined;
  /** The pause because of which a submission is refused, with the type `/problems/submissions-paused`. */
  readonly pause?: RefusingPause | undefined;
}

/** What the operator of the stage has paused, and when to ask again. */
export interface RefusingPause {
  /** `stage`, `type:...`, `tenant:...` or `queue:...`. */
  readonly name: string;
  /** When it ends by itself. */
  readonly until?: string | undefined;
  readonly retryAfterSeconds: number;
}

/** A limit of a tenant: so many in each window; without one, so many at once. */
export interface ExceededLimit {
  /** Such as `jobsPerMinute`. */
  readonly name: string;
  readonly max: number;
  readonly windowSeconds?: number | undefined;
  readonly retryAfterSeconds: number;
}

/** Something that is wrong with a request: a JSON pointer into the body, or the name of a header or parameter. */
export interface Violation {
  readonly pointer: string;
  readonly detail: string;
}

// Names are texts, since a bundler shortens those of classes.

/** The API has refused a call, or could not carry it out. */
export class ProblemError extends Error implements Problem {
  override readonly name: string = 'ProblemError';
  declare readonly type: string;
  declare readonly title: string;
  declare readonly status: number;
  declare readonly detail: string;
  declare readonly errors: readonly Violation[];
  declare readonly limit: ExceededLimit | undefined;
  declare readonly pause: RefusingPause | undefined;
  /** How long the API asks to wait before the next try. */
  declare readonly retryAfterSeconds: number | undefined;

  constructor(
    { type, title, status, detail, errors = [], limit, pause }: Problem,
    retryAfterSeconds = (limit ?? pause)?.retryAfterSeconds,
  ) {
    super([detail, ...errors.map(describe)].join('\n'));
    Object.assign(this, { type, title, status, detail, errors, limit, pause, retryAfterSeconds });
  }
}

const describe = ({ pointer, detail }: Violation): string => `${pointer}: ${detail}`;

/** 400: `errors` names everything that is wrong. A payload that does not fit its contract is not even sent. */
export class InvalidRequestError extends ProblemError {
  override readonly name: string = 'InvalidRequestError';
}

/** 401: the credential is missing or not valid. */
export class UnauthenticatedError extends ProblemError {
  override readonly name: string = 'UnauthenticatedError';
}

/** 403: the credential lacks the right for this call. */
export class ForbiddenError extends ProblemError {
  override readonly name: string = 'ForbiddenError';
}

/** 404: there is no such job, object, result, schedule or address. */
export class NotFoundError extends ProblemError {
  override readonly name: string = 'NotFoundError';
}

/** 409: the state of the job, or of the stage, does not allow it. */
export class ConflictError extends ProblemError {
  override readonly name: string = 'ConflictError';
}

/** 422: the idempotency key came before, with another request. */
export class KeyReusedError extends ProblemError {
  override readonly name: string = 'KeyReusedError';
}

/** 413: the request has too many bytes. */
export class TooLargeError extends ProblemError {
  override readonly name: string = 'TooLargeError';
}

/** 429: too many requests a second, or a limit of the tenant is used up, which `limit` names; after all tries. */
export class ThrottledError extends ProblemError {
  override readonly name: string = 'ThrottledError';
}

/** 502, 503 or 504: the API could not carry out the call, after all tries. It may have, all the same. */
export class UnavailableError extends ProblemError {
  override readonly name: string = 'UnavailableError';
}

/** There was no answer, or none of the API, after all tries. `cause` says why. The call may have been carried out. */
export class NetworkError extends Error {
  override readonly name: string = 'NetworkError';
}

/** A job that was waited for has not succeeded. */
class UnsuccessfulError<Seen extends Job | undefined> extends Error {
  declare readonly job: Seen;

  constructor(message: string, job: Seen) {
    super(message);
    this.job = job;
  }
}

/** A job that was waited for has failed. */
export class JobFailedError extends UnsuccessfulError<Job> {
  override readonly name: string = 'JobFailedError';
}

/** A job that was waited for was canceled. */
export class JobCanceledError extends UnsuccessfulError<Job> {
  override readonly name: string = 'JobCanceledError';
}

/** A job did not end in time, and goes on. `job` is as it was seen last; undefined if no answer came in time. */
export class WaitTimeoutError extends UnsuccessfulError<Job | undefined> {
  override readonly name: string = 'WaitTimeoutError';
}

/** A notification does not come from the stage, or is too old. */
export class NotificationError extends Error {
  override readonly name: string = 'NotificationError';
}
