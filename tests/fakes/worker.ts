import type { Context } from 'aws-lambda';
import { type Invocation, invocationOf } from '../../functions/worker/invocation.ts';
import { works } from '../../functions/worker/jobs/catalog.ts';
import { processDelivery, type WorkerDependencies } from '../../functions/worker/process-delivery.ts';
import type { Works } from '../../functions/worker/run-work.ts';
import { StoreUnavailableError } from '../../shared/errors.ts';
import type { Delivery } from '../../shared/ports.ts';
import { fateAfter } from '../../shared/process-batch.ts';
import { FixedClock, fixedRandom } from './fixed.ts';
import { InMemoryJobQueue } from './in-memory-job-queue.ts';
import { InMemoryJobStore } from './in-memory-job-store.ts';
import { intercepted } from './intercepted.ts';
import { recordedLog } from './recorded-log.ts';
import { aDelivery, jobId, leaseMs, retentionMs } from './samples.ts';

export const heartbeatMs = 20_000;

/** A worker on fakes, the jobs' work being the real one; `deps` may be given with others in its place. */
export function aWorker({ isOrdered = false } = {}) {
  const store = new InMemoryJobStore();
  const queue = new InMemoryJobQueue({ isOrdered });
  const waiting = new InMemoryJobQueue();
  const clock = new FixedClock();
  const log = recordedLog();
  const deps: WorkerDependencies = {
    store,
    queue,
    waiting,
    clock,
    log,
    random: fixedRandom(),
    works,
    leaseMs,
    heartbeatMs,
    hideBeforeClaim: false,
    retentionMs,
  };
  return { deps, store, queue, waiting, clock, log };
}

/** A worker that notes its calls, of which those named in `failing` find the table out of reach. */
export function spiedWorker({
  failing = [] as readonly string[],
  countdown = undefined as Works['countdown'] | undefined,
  isOrdered = false,
  hideBeforeClaim = false,
} = {}) {
  const { deps, store, queue, waiting, clock, log } = aWorker({ isOrdered });
  const calls: string[] = [];
  const before = (call: string) => {
    calls.push(call);
    if (failing.includes(call)) throw new StoreUnavailableError('no');
  };
  const works = countdown ? { ...deps.works, countdown } : deps.works;
  const spied = { ...deps, ...intercepted({ store, queue }, { before }), works, hideBeforeClaim };
  /** As in a batch. */
  const process = (delivery: Delivery = aDelivery(), invocation: Invocation = anInvocation(clock)) =>
    processDelivery(delivery, invocation, spied).catch((thrown: unknown) =>
      fateAfter(thrown, delivery, spied),
    );
  return { process, calls, store, queue, waiting, clock, log, stored: () => store.items.get(jobId) };
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
