import * as z from 'zod/mini';
import { asError, PermanentError } from '../domain/base/errors.ts';
import { type RemoteService, ServiceBusyError } from './remote.ts';

/** The service has refused the request, and would again. The message has the service's words. */
export class ServiceRefusedError extends PermanentError {
  override readonly name = 'ServiceRefusedError';
}

/**
 * For a client of the SDK of AWS. Two tries of 5 s: `remote` looks for what was started within 30 s and the lag of the
 * list, and asks again by itself.
 */
export const remoteClientSettings = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true },
};

/**
 * Some services answer these with 400.
 * @see https://docs.aws.amazon.com/emr/latest/APIReference/CommonErrors.html
 */
const throttles = ['Throttling', 'ThrottlingException', 'TooManyRequestsException', 'RequestLimitExceeded'];

/** What the SDK adds to the errors of its calls. Without a status there was no answer. */
const ofSdk = /* @__PURE__ */ z.object({
  $metadata: /* @__PURE__ */ z.object({
    httpStatusCode: /* @__PURE__ */ z.optional(/* @__PURE__ */ z.number()),
  }),
});

/**
 * A call of a client of the SDK, with its errors as `remote` has them.
 * @param permanent the names of errors for which asking again does not help
 * @throws ServiceRefusedError, ServiceBusyError, or what the call throws
 */
export async function answerOf<T>(call: Promise<T>, permanent: readonly string[]): Promise<T> {
  try {
    return await call;
  } catch (thrown) {
    throw remoteErrorOf(asError(thrown), permanent);
  }
}

function remoteErrorOf(error: Error, permanent: readonly string[]): Error {
  const message = `${error.name}: ${error.message}`;
  if (permanent.includes(error.name)) return new ServiceRefusedError(message, { cause: error });
  const parsed = z.safeParse(ofSdk, error);
  if (!parsed.success || error.name === 'AbortError') return error;
  const { httpStatusCode = 503 } = parsed.data.$metadata;
  return httpStatusCode === 429 || httpStatusCode >= 500 || throttles.includes(error.name)
    ? new ServiceBusyError(message, { cause: error })
    : error;
}

/** Stands in for a service that a stage has not set up. @param needs the stage's parameters that it lacks */
export function notSetUp(needs: readonly string[]): RemoteService<unknown, never> {
  const refuse = async (): Promise<never> => {
    throw new PermanentError(`this stage is not set up for it: ${needs.join(' and ')} must be set`);
  };
  return { find: refuse, start: refuse, poll: refuse, cancel: refuse };
}
