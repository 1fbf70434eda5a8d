import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';

/** The function threw an error, timed out, or does not exist. */
export class InvocationError extends Error {
  override readonly name = 'InvocationError';
}

interface Invocation {
  /** The socket of serverless-offline's copy of Lambda: a file. */
  readonly lambdaSocket: string;
  readonly functionName: string;
  readonly event: unknown;
  readonly signal: AbortSignal;
}

/**
 * Invokes a function through serverless-offline's copy of Lambda's `Invoke`.
 * @returns its answer, parsed
 * @throws InvocationError if the function failed; an AbortError if the signal was aborted
 */
export async function invokeFunction(invocation: Invocation): Promise<unknown> {
  const response = await post(invocation);
  const answer = await text(response);
  // As from Lambda, the error of a function has status 200 and this header.
  const { statusCode = 0, headers } = response;
  if (statusCode < 200 || statusCode > 299 || headers['x-amz-function-error'] !== undefined)
    throw new InvocationError(errorMessageOf(answer));
  return answer === '' ? null : JSON.parse(answer);
}

/** Not with `fetch`: it fails if no response has begun after five minutes, and a function may run for fifteen. */
function post({ lambdaSocket, functionName, event, signal }: Invocation): Promise<IncomingMessage> {
  const path = `/2015-03-31/functions/${functionName}/invocations`;
  return new Promise((resolve, reject) => {
    request({ socketPath: lambdaSocket, path, method: 'POST', agent: false, signal }, resolve)
      .on('error', reject)
      .end(JSON.stringify(event));
  });
}

const functionError = z.object({ errorMessage: z.string() });

function errorMessageOf(answer: string): string {
  try {
    return functionError.parse(JSON.parse(answer)).errorMessage;
  } catch {
    return answer;
  }
}
