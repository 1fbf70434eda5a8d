import * as z from 'zod/mini';
import type { CallOffline, OfflineAnswer } from './offline-servers.ts';

/** The function threw an error, timed out, or does not exist. */
export class InvocationError extends Error {
  override readonly name = 'InvocationError';
}

interface Invocation {
  /** Calls serverless-offline's copy of Lambda. */
  readonly lambda: CallOffline;
  readonly functionName: string;
  readonly event: unknown;
  readonly signal: AbortSignal;
}

/**
 * Invokes a function through serverless-offline's copy of Lambda's `Invoke`.
 * @returns its answer, parsed
 * @throws InvocationError if the function failed; the signal's reason if that was aborted
 */
export async function invokeFunction({ lambda, functionName, event, signal }: Invocation): Promise<unknown> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    const url = `/2015-03-31/functions/${functionName}/invocations`;
    const call = lambda({ method: 'POST', url, headers: {}, body: Buffer.from(JSON.stringify(event)) });
    return answerIn(await Promise.race([call, aborted.promise]));
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** As from Lambda, the error of a function has status 200 and a header. */
function answerIn({ status, headers, body }: OfflineAnswer): unknown {
  const answer = body.toString();
  if (status < 200 || status > 299 || headers['x-amz-function-error'] !== undefined)
    throw new InvocationError(errorMessageOf(answer));
  return answer === '' ? null : JSON.parse(answer);
}

const functionError = z.object({ errorMessage: z.string() });

function errorMessageOf(answer: string): string {
  try {
    return functionError.parse(JSON.parse(answer)).errorMessage;
  } catch {
    return answer;
  }
}
