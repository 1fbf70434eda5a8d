import { defined } from '../../shared/domain/base/defined.ts';
import {
  asError,
  CheckpointError,
  ChildExpiredError,
  ChildrenFailedError,
  describeError,
  InvalidPayloadError,
  InvalidResultError,
  JobCanceledError,
  JobTimeoutError,
  LeaseLostError,
  LimitKeyError,
  LimitWaitError,
  OpenWaitError,
  PermanentError,
  PlanChangedError,
  QueueUnavailableError,
  RetryAfterError,
  SecretServiceError,
  SignalTimeoutError,
  StepError,
  StepFailedError,
  StoreUnavailableError,
  UnlistedContractError,
} from '../../shared/domain/base/errors.ts';
import {
  MissingObjectError,
  ObjectsUnavailableError,
  OutputLostError,
  UploadGoneError,
} from '../../shared/domain/objects/object-errors.ts';
import { SchedulesUnavailableError } from '../../shared/domain/schedules/schedule-errors.ts';
import { HandOver, Interruption } from '../../shared/worker/hold/error-policy.ts';
import type { WireError } from './messages.ts';

type ErrorClass = new (message: string) => Error;

/**
 * The classes that the engine, or a handler, tells errors apart by: a subclass stands before its class. A name of its
 * own for each, as a bundle may rename a class.
 */
const classes: readonly (readonly [kind: string, ErrorClass])[] = [
  ['invalidPayload', InvalidPayloadError],
  ['invalidResult', InvalidResultError],
  ['checkpoint', CheckpointError],
  ['openWait', OpenWaitError],
  ['planChanged', PlanChangedError],
  ['step', StepError],
  ['stepFailed', StepFailedError],
  ['signalTimeout', SignalTimeoutError],
  ['childExpired', ChildExpiredError],
  ['childrenFailed', ChildrenFailedError],
  ['missingObject', MissingObjectError],
  ['outputLost', OutputLostError],
  ['limitKey', LimitKeyError],
  ['permanent', PermanentError],
  ['objectsUnavailable', ObjectsUnavailableError],
  ['uploadGone', UploadGoneError],
  ['storeUnavailable', StoreUnavailableError],
  ['queueUnavailable', QueueUnavailableError],
  ['schedulesUnavailable', SchedulesUnavailableError],
  ['secretService', SecretServiceError],
  ['unlistedContract', UnlistedContractError],
  ['leaseLost', LeaseLostError],
  ['canceled', JobCanceledError],
  ['timeout', JobTimeoutError],
  ['interruption', Interruption],
  ['range', RangeError],
  ['type', TypeError],
];
/** These have more than a message. */
const handOver = 'handOver';
const retryAfter = 'retryAfter';
const maxCauses = 5;

/** What was thrown, as a message. Never throws. */
export function toWire(thrown: unknown, depth = 0): WireError {
  const error = asError(thrown);
  const { stack, cause, code, status } = detailsOf(error);
  return {
    ...describeError(error),
    stack,
    ...kindOf(error),
    ...defined({ code, status }),
    ...(cause instanceof Error && depth < maxCauses ? { cause: toWire(cause, depth + 1) } : {}),
  };
}

function kindOf(error: Error): Pick<WireError, 'kind' | 'sleepMs' | 'after' | 'turn'> {
  if (error instanceof HandOver) return { kind: handOver, ...defined({ sleepMs: error.sleepMs }) };
  if (error instanceof LimitWaitError) return { kind: retryAfter, after: error.after, turn: error.turn };
  if (error instanceof RetryAfterError) return { kind: retryAfter, after: error.after };
  return { kind: classes.find(([, each]) => error instanceof each)?.[0] };
}

/** The error again, of the class that decides, with the name and the message that it had. */
export function fromWire({ name, message, stack, cause, code, status, ...rest }: WireError): Error {
  const error = madeOf(message, rest);
  const property = (value: unknown) => ({ value, configurable: true, writable: true });
  return Object.defineProperties(error, {
    name: property(name),
    message: property(message),
    stack: property(stack),
    ...(code === undefined ? {} : { code: property(code) }),
    ...(status === undefined ? {} : { $metadata: property({ httpStatusCode: status }) }),
    ...(cause ? { cause: property(fromWire(cause)) } : {}),
  });
}

function madeOf(
  message: string,
  { kind, sleepMs, after = 0, turn }: Pick<WireError, 'kind' | 'sleepMs' | 'after' | 'turn'>,
) {
  if (kind === handOver) return new HandOver(sleepMs);
  if (kind === retryAfter) return turn ? new LimitWaitError(after, turn) : new RetryAfterError(after);
  const Known = classes.find(([each]) => each === kind)?.[1] ?? Error;
  return new Known(message);
}

interface Detailed extends Error {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
}

/** A handler may throw an error whose getters throw. */
function detailsOf(
  error: Detailed,
): Pick<WireError, 'stack' | 'code' | 'status'> & { readonly cause: unknown } {
  try {
    const { stack = '', cause, code, $metadata } = error;
    const status = $metadata?.httpStatusCode;
    return {
      stack: String(stack),
      cause,
      code: typeof code === 'string' ? code : undefined,
      status: typeof status === 'number' ? status : undefined,
    };
  } catch {
    return { stack: '', cause: undefined };
  }
}
