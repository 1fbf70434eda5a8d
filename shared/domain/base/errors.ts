/**
 * Errors with a name that survives minification, each with one meaning. What follows from them is decided in one place
 * each: the HTTP status in `shared/http/wire/respond.ts`, another attempt or none in `shared/worker/hold/error-policy.ts`.
 */

export interface Violation {
  /** A JSON pointer (RFC 6901) into the request's body, or the name of a header or parameter. */
  readonly pointer: string;
  readonly detail: string;
}

/** The request cannot be understood or is not valid. Names everything that is wrong with it. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';
  readonly violations: readonly Violation[];
  constructor(message: string, violations: readonly Violation[] = [], options?: ErrorOptions) {
    super(message, options);
    this.violations = violations;
  }
}

export class UnsupportedMediaTypeError extends Error {
  override readonly name = 'UnsupportedMediaTypeError';
}

export class PayloadTooLargeError extends Error {
  override readonly name = 'PayloadTooLargeError';
}

export class JobNotFoundError extends Error {
  override readonly name = 'JobNotFoundError';
}

/** The job has no result (yet). */
export class NoResultError extends Error {
  override readonly name = 'NoResultError';
}

/** The API has nothing at this address. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

/** The API has something at this address, but not for this method. */
export class MethodNotAllowedError extends Error {
  override readonly name = 'MethodNotAllowedError';
  /** The methods that there are. */
  readonly allow: readonly string[];
  constructor(allow: readonly string[]) {
    super(`This address knows ${allow.join(', ')}.`);
    this.allow = allow;
  }
}

/**
 * No credential, or one that is not valid. The message says what is wrong with it, for the log only: a client must not
 * learn whether a key exists.
 */
export class UnauthenticatedError extends Error {
  override readonly name = 'UnauthenticatedError';
}

/** The caller is known, but lacks the right for this call. */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError';
}

/** A secret of AWS that a job type uses could not be read. The message has its name, and nothing of its value. */
export class SecretUnavailableError extends Error {
  override readonly name: string = 'SecretUnavailableError';
}

/**
 * The same because the service that keeps the secret did not answer, or had a fault of its own: it says nothing about
 * the secret.
 */
export class SecretServiceError extends SecretUnavailableError {
  override readonly name = 'SecretServiceError';
}

/**
 * A handler names a contract that this build has in no catalog. Another build has: the message says what to write.
 */
export class UnlistedContractError extends Error {
  override readonly name = 'UnlistedContractError';
}

/** The access table has no root secret: the stage was not set up. */
export class RootSecretMissingError extends Error {
  override readonly name: string = 'RootSecretMissingError';
}

/**
 * The access table has no secret for links: the stage is about to be deployed for the first time with code that knows
 * links.
 */
export class LinkSecretMissingError extends RootSecretMissingError {
  override readonly name = 'LinkSecretMissingError';
}

/** The access table has no key for webhooks: the same of code that knows that. */
export class WebhookKeyMissingError extends RootSecretMissingError {
  override readonly name = 'WebhookKeyMissingError';
}

/** An `Idempotency-Key` came again with another request. */
export class KeyReusedError extends Error {
  override readonly name = 'KeyReusedError';
}

/** The job's status does not allow what was requested. */
export class ConflictError extends Error {
  override readonly name: string = 'ConflictError';
}

/** The stage lacks parameters without which no job of the type can run. */
export class JobTypeNotSetUpError extends Error {
  override readonly name = 'JobTypeNotSetUpError';
}

/** The table did not answer, or refused for another reason than the condition. The write may have happened. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/** The queue did not answer, or refused. The message may have been sent. */
export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';
}

/** Not a failure: who sends was told that it may not go on. Some messages may be sent, and some are not. */
export class SendingStoppedError extends Error {
  override readonly name = 'SendingStoppedError';
}

/** The logs could not be searched. */
export class LogsUnavailableError extends Error {
  override readonly name = 'LogsUnavailableError';
}

/** The metrics of the stage could not be read. */
export class MetricsUnavailableError extends Error {
  override readonly name = 'MetricsUnavailableError';
}

/** The event bus did not answer, or did not take the event. The message is short, and says no more than a code. */
export class EventNotTakenError extends Error {
  override readonly name = 'EventNotTakenError';
}

/** The environment lacks keys, or has unusable ones. Names all of them. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The text of a message is not a job's message. It belongs to no job. */
export class UnreadableMessageError extends Error {
  override readonly name = 'UnreadableMessageError';
}

/** An item or a message was written by newer code. It must be left to code that can read it. */
export class NewerVersionError extends Error {
  override readonly name = 'NewerVersionError';
}

/** A message is of a run that its item does not know, as after a restore of the table from a backup. */
export class FutureRunError extends Error {
  override readonly name = 'FutureRunError';
}

/** Thrown by a handler for what another attempt cannot mend: the job fails at once. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError';
}

/** The tenant may start nothing new. A bulk action that has retried jobs for it ends. */
export class TenantSuspendedError extends PermanentError {
  override readonly name = 'TenantSuspendedError';
}

/**
 * Thrown by a handler that is told to come again later, as by a 429: the job waits for so long, and uses no attempt.
 * All such waits of a run may have seven days together; with one that would end later, the job fails.
 */
export class RetryAfterError extends Error {
  override readonly name: string = 'RetryAfterError';
  /** Seconds from now on, or when. */
  readonly after: number | Date;

  /**
   * @param after seconds, or a time; a time that is past, and 0, mean at once: in a second
   * @param message why, for who looks at the job
   * @throws RangeError for what is no number of seconds and no time
   */
  constructor(after: number | Date, message?: string, options?: ErrorOptions) {
    const isTime = after instanceof Date;
    if (!Number.isFinite(isTime ? after.getTime() : after) || (!isTime && after < 0))
      throw new RangeError(`RetryAfterError takes a time, or seconds from 0 on, and was given ${after}`);
    const when = isTime ? `at ${after.toISOString()}` : `after ${after} s`;
    super(message ?? `to be tried again ${when}`, options);
    this.after = after;
  }
}

/** The next start of a part of a job is not near: the job waits for its turn. */
export class LimitWaitError extends RetryAfterError {
  override readonly name: string = 'LimitWaitError';
  /** The key as people see it, and the time of the turn, epoch milliseconds. */
  readonly turn: { readonly of: string; readonly at: number };

  /** @param after when the job is to go on: shortly before its turn */
  constructor(after: number | Date, turn: { readonly of: string; readonly at: number }) {
    super(after, `the limit of ${turn.of}: its turn is at ${new Date(turn.at).toISOString()}`);
    this.turn = turn;
  }
}

/** The handler cannot know which limit a part of the job has. */
export class LimitKeyError extends PermanentError {
  override readonly name: string = 'LimitKeyError';
}

/** The payload in the message does not fit the job's contract (any more). */
export class InvalidPayloadError extends PermanentError {
  override readonly name: string = 'InvalidPayloadError';
}

/** The handler returned what its contract does not allow. */
export class InvalidResultError extends PermanentError {
  override readonly name: string = 'InvalidResultError';
}

/** The state that the job saved does not fit its contract (any more), or is too large. */
export class CheckpointError extends PermanentError {
  override readonly name: string = 'CheckpointError';
}

/**
 * Steps are used in a way that cannot work: a key twice, or results that are too large. Another attempt would be no
 * better.
 */
export class StepError extends PermanentError {
  override readonly name: string = 'StepError';
}

/** A step has failed for good. Every later attempt of the run is told the same. */
export class StepFailedError extends PermanentError {
  override readonly name: string = 'StepFailedError';
}

/** No answer came in time. The wait is closed, and every later attempt of the run is told the same. */
export class SignalTimeoutError extends PermanentError {
  override readonly name: string = 'SignalTimeoutError';
}

/** A batch of children is asked for with another type or count than before, under the same key. */
export class PlanChangedError extends StepError {
  override readonly name = 'PlanChangedError';
}

/** Children have not succeeded. Every later attempt of the run is told the same. */
export class ChildrenFailedError extends PermanentError {
  override readonly name: string = 'ChildrenFailedError';
}

/** A child has ended, and its item is gone since: it had not been asked for within the time that jobs are kept. */
export class ChildExpiredError extends ChildrenFailedError {
  override readonly name = 'ChildExpiredError';
}

/** The handler has returned while a wait was open, as after a race against a wait. */
export class OpenWaitError extends StepError {
  override readonly name = 'OpenWaitError';
}

/** This worker has no handler for the type. It may be older than the message, so the job is tried again. */
export class UnknownJobTypeError extends Error {
  override readonly name = 'UnknownJobTypeError';
}

/** The attempt took longer than the job's contract allows. */
export class JobTimeoutError extends Error {
  override readonly name = 'JobTimeoutError';
}

/** A cancel was requested while the job ran. */
export class JobCanceledError extends Error {
  override readonly name = 'JobCanceledError';
}

/** Another worker may have the job by now: this one must write nothing more. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** Not a failure: the message stays in the queue and comes again. */
export class MessageReturnedError extends Error {
  override readonly name = 'MessageReturnedError';
}

/** What was thrown, as an Error: a handler may throw anything. */
export const asError = (thrown: unknown): Error =>
  thrown instanceof Error
    ? thrown
    : new Error(`a value that is not an Error was thrown: ${describeValue(thrown)}`);

/** Stands where a `switch` over a union has no case left: with a new case, the call does not compile. */
export function unreachable(value: never): never {
  throw new TypeError(`there is no case for ${describeValue(value)}`);
}

/** Any value as a text: a text as it is, else JSON, else its class. Never throws. */
export function describeValue(value: unknown): string {
  try {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** Name and message of an error. It may have none, or getters that throw. Never throws. */
export const describeError = (error: Error): { readonly name: string; readonly message: string } => ({
  name: read(() => error.name),
  message: read(() => error.message),
});

/** What has caused an error. It may have a getter that throws. Never throws. */
export function causeOf(error: Error): unknown {
  try {
    return error.cause;
  } catch {
    return undefined;
  }
}

function read(value: () => unknown): string {
  try {
    return describeValue(value());
  } catch {
    return 'unreadable';
  }
}
