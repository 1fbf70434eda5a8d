import type { Context } from 'aws-lambda';
import { dispositionAfter } from '../../shared/delivery/process-deliveries.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { ErrorGrouping } from '../../shared/domain/state/error-grouping.ts';
import type { RecentPauses } from '../../shared/domain/state/limits/recent-pauses.ts';
import type { Delivery } from '../../shared/domain/state/ports.ts';
import { processDelivery } from '../../shared/worker/attempt/process-delivery.ts';
import type { WorkerDependencies } from '../../shared/worker/gates/before-claim.ts';
import { type Invocation, invocationOf } from '../../shared/worker/hold/invocation.ts';
import { FixedClock, fixedRandom } from '../../testkit/fakes/fixed.ts';
import { InMemoryErrorGroups } from '../../testkit/fakes/in-memory-error-groups.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryMultipartUploads, InMemoryObjectStore } from '../../testkit/fakes/in-memory-objects.ts';
import {
  InMemoryJobQueue,
  InMemoryNotificationQueue,
  InMemoryPointerQueue,
} from '../../testkit/fakes/in-memory-queues.ts';
import { inMemoryStartRates } from '../../testkit/fakes/in-memory-start-rates.ts';
import { inMemoryWorkPlaces } from '../../testkit/fakes/in-memory-work-places.ts';
import { intercepted } from '../../testkit/fakes/intercepted.ts';
import { madeUpLinks } from '../../testkit/fakes/made-up-links.ts';
import { noChildren } from '../../testkit/fakes/no-children.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { RecordedMeters } from '../../testkit/fakes/recorded-meters.ts';
import { contracts } from '../job-types/contracts.ts';
import { type AllHandlers, handlers } from './handlers.ts';
import { aDelivery, dayMs, jobId, leaseMs, retentionMs } from './samples.ts';

export const heartbeatMs = 20_000;

/** A worker on fakes, with the real handlers of all job types. A test replaces what it needs in `deps`. */
export function aWorker({ isOrdered = false } = {}) {
  const store = new InMemoryJobStore();
  const queue = new InMemoryJobQueue({ isOrdered });
  const waiting = new InMemoryJobQueue();
  const notifications = new InMemoryNotificationQueue();
  const pointers = new InMemoryPointerQueue();
  const clock = new FixedClock();
  const log = recordedLog();
  const meters = new RecordedMeters();
  const objects = new InMemoryObjectStore();
  const groups = new InMemoryErrorGroups();
  const deps: WorkerDependencies = {
    store,
    queue,
    waiting,
    notifications,
    grouping: new ErrorGrouping({ groups, clock, log }),
    pointers,
    otherRunQueues: {},
    ...noChildren(),
    links: madeUpLinks,
    clock,
    log,
    meter: meters.on(isOrdered ? 'ordered' : 'standard'),
    random: fixedRandom(),
    objects,
    multipart: new InMemoryMultipartUploads(objects.objects),
    contracts,
    handlers,
    leaseMs,
    heartbeatMs,
    changeVisibilityBeforeClaim: false,
    retentionMs,
    unknownTypeMs: dayMs,
    spawnAllowance: 1_000_000,
    startRates: inMemoryStartRates(),
    workPlaces: inMemoryWorkPlaces(store.items),
  };
  return { deps, store, queue, waiting, notifications, pointers, objects, groups, clock, log, meters };
}

/** A worker whose calls to table and queue are recorded. A call that is named in `failing` throws. */
export function spiedWorker({
  failing = [] as readonly string[],
  counting = handlers.counting as AllHandlers['counting'],
  isOrdered = false,
  changeVisibilityBeforeClaim = false,
  pauses = undefined as RecentPauses | undefined,
} = {}) {
  const { deps, store, queue, waiting, pointers, objects, clock, log, meters } = aWorker({ isOrdered });
  const calls: string[] = [];
  const before = (call: string) => {
    calls.push(call);
    if (failing.includes(call)) throw new StoreUnavailableError('no');
  };
  const spied = {
    ...deps,
    ...intercepted({ store, queue }, { before }),
    handlers: { ...handlers, counting },
    changeVisibilityBeforeClaim,
    pauses,
  };
  /** Processes a delivery. As in a batch, an error becomes a disposition. */
  const process = (delivery: Delivery = aDelivery(), invocation: Invocation = anInvocation(clock)) =>
    processDelivery(delivery, invocation, spied).catch((thrown: unknown) =>
      dispositionAfter(thrown, delivery, spied),
    );
  const stored = () => store.items.get(jobId);
  return { process, calls, store, queue, waiting, pointers, objects, clock, log, meters, stored };
}

/** A call that fails. */
export const throwing = (error: Error) => (): never => {
  throw error;
};

/** An invocation of a function that Lambda ends after `remainingMs`. */
export const anInvocation = (clock: FixedClock, remainingMs = 60_000, batchSize = 1): Invocation =>
  invocationOf(
    lambdaContext(remainingMs),
    Array.from({ length: batchSize }, (_, place) => ({ body: `message ${place}` })),
    clock,
  );

/** The context that Lambda passes to a function. */
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
