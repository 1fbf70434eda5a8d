import type { Context } from 'aws-lambda';
import { works } from '../../functions/worker/jobs/catalog.ts';
import {
  type Invocation,
  invocationOf,
  type WorkerDependencies,
} from '../../functions/worker/process-delivery.ts';
import { FixedClock, fixedRandom } from './fixed.ts';
import { InMemoryJobQueue } from './in-memory-job-queue.ts';
import { InMemoryJobStore } from './in-memory-job-store.ts';
import { recordedLog } from './recorded-log.ts';
import { leaseMs, retentionMs } from './samples.ts';

export const heartbeatMs = 20_000;

/** A worker on fakes, the jobs' work being the real one; `deps` may be given with others in its place. */
export function aWorker() {
  const store = new InMemoryJobStore();
  const queue = new InMemoryJobQueue();
  const clock = new FixedClock();
  const log = recordedLog();
  const deps: WorkerDependencies = {
    store,
    queue,
    clock,
    log,
    random: fixedRandom(),
    works,
    leaseMs,
    heartbeatMs,
    retentionMs,
  };
  return { deps, store, queue, clock, log };
}

/** An invocation of a function that is ended in so many milliseconds. */
export const anInvocation = (clock: FixedClock, remainingMs = 60_000): Invocation =>
  invocationOf(lambdaContext(remainingMs), clock);

/** What Lambda tells of an invocation. */
export const lambdaContext = (remainingMs: number): Context => ({
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'worker',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:1:function:worker',
  memoryLimitInMB: '1024',
  awsRequestId: 'request-1',
  logGroupName: 'worker',
  logStreamName: '1',
  getRemainingTimeInMillis: () => remainingMs,
  done: () => {},
  fail: () => {},
  succeed: () => {},
});
