import type { Context } from 'aws-lambda';

/** The context of an invocation, as far as Powertools and the worker look at it. */
export function lambdaContext(now: () => number, timeoutMs: number): Context {
  const end = now() + timeoutMs;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'testkit',
    functionVersion: '1',
    invokedFunctionArn: 'arn:testkit',
    memoryLimitInMB: '1',
    awsRequestId: 'testkit',
    logGroupName: 'testkit',
    logStreamName: 'testkit',
    getRemainingTimeInMillis: () => end - now(),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
