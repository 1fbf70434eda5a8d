import {
  asError,
  CheckpointError,
  describeError,
  InvalidPayloadError,
  InvalidResultError,
  JobCanceledError,
  JobTimeoutError,
  LeaseLostError,
  PermanentError,
  StoreUnavailableError,
} from '../../shared/job/errors.ts';
import {
  MissingObjectError,
  ObjectsUnavailableError,
  OutputLostError,
  UploadGoneError,
} from '../../shared/job/object-errors.ts';
import { HandOver, Interruption } from '../../shared/worker/error-policy.ts';
import type { WireError } from './messages.ts';

type ErrorClass = new (message: string) => Error;

/**
 * The classes that the engine, or a handler, tells errors apart by: a subclass stands before its class. A name of its own
 * for each, as a bundle may rename a class.
 */
const classes: readonly (readonly [kind: string, ErrorClass])[] = [
  ['invalidPayload', InvalidPayloadError],
  ['invalidResult', InvalidResultError],
  ['checkpoint', CheckpointError],
  ['missingObject', MissingObjectError],
  ['outputLost', OutputLostError],
  ['permanent', PermanentError],
  ['objectsUnavailable', ObjectsUnavailableError],
  ['uploadGone', UploadGoneError],
  ['storeUnavailable', StoreUnavailableError],
  ['leaseLost', LeaseLostError],
  ['canceled', JobCanceledError],
  ['timeout', JobTimeoutError],
  ['interruption', Interruption],
  ['range', RangeError],
  ['type', TypeError],
];
const handOver = 'handOver';
const maxCauses = 5;

/** What was thrown, as a message. Never throws. */
export function toWire(thrown: unknown, depth = 0): WireError {
  const error = asError(thrown);
  const { stack, cause } = detailsOf(error);
  return {
    ...describeError(error),
    stack,
    kind: error instanceof HandOver ? handOver : classes.find(([, each]) => error instanceof each)?.[0],
    ...(error instanceof HandOver && error.sleepMs !== undefined ? { sleepMs: error.sleepMs } : {}),
    ...(cause instanceof Error && depth < maxCauses ? { cause: toWire(cause, depth + 1) } : {}),
  };
}

/** The error again, of the class that decides, with the name and the message that it had. */
export function fromWire({ name, message, stack, kind, sleepMs, cause }: WireError): Error {
  const Known = classes.find(([each]) => each === kind)?.[1] ?? Error;
  const error = kind === handOver ? new HandOver(sleepMs) : new Known(message);
  const property = (value: unknown) => ({ value, configurable: true, writable: true });
  return Object.defineProperties(error, {
    name: property(name),
    message: property(message),
    stack: property(stack),
    ...(cause ? { cause: property(fromWire(cause)) } : {}),
  });
}

/** A handler may throw an error whose getters throw. */
function detailsOf(error: Error): { readonly stack: string; readonly cause: unknown } {
  try {
    return { stack: String(error.stack ?? ''), cause: error.cause };
  } catch {
    return { stack: '', cause: undefined };
  }
}
