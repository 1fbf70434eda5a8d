import type { SQSRecord } from 'aws-lambda';
import { maxTimeoutSeconds } from '../../shared/author/contract.ts';
import type { CanceledJob, Handlers, JobContext } from '../../shared/author/handler.ts';
import { processDeliveries } from '../../shared/delivery/process-deliveries.ts';
import type { Log } from '../../shared/domain/base/ports.ts';
import type { PointerQueue } from '../../shared/domain/schedules/schedule-ports.ts';
import { awaitedBatches } from '../../shared/domain/state/job/item.ts';
import { type JobMessage, readMessage } from '../../shared/domain/state/job/message.ts';
import type { JobQueue } from '../../shared/domain/state/ports.ts';
import { processDelivery } from '../../shared/worker/attempt/process-delivery.ts';
import type { WorkerDependencies } from '../../shared/worker/gates/before-claim.ts';
import { invocationOf } from '../../shared/worker/hold/invocation.ts';
import type { InMemoryJobStore } from '../fakes/in-memory-job-store.ts';
import { InMemoryNotificationQueue } from '../fakes/in-memory-queues.ts';
import type { InMemoryStartRates } from '../fakes/in-memory-start-rates.ts';
import { inMemoryWorkPlaces } from '../fakes/in-memory-work-places.ts';
import { madeUpLinks } from '../fakes/made-up-links.ts';
import { RecordedMeters } from '../fakes/recorded-meters.ts';
import type { Subject } from '../job-under-test.ts';
import type { ChildStart } from './child-runs.ts';
import type { Start } from './handler-runs.ts';
import { lambdaContext } from './lambda-context.ts';
import type { PlayBucket } from './play-bucket.ts';
import type { PlayChildren } from './play-children.ts';
import type { PlayQueue } from './play-queue.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { WorkerProcess } from './worker-process.ts';

/** What one delivery to a worker needs. */
export interface Delivering {
  readonly subject: Subject;
  readonly table: InMemoryJobStore;
  readonly queue: PlayQueue;
  readonly bucket: PlayBucket;
  readonly random: SeededRandom;
  readonly log: Log;
  readonly heartbeatMs: number;
  readonly startRates: InMemoryStartRates;
  readonly children: PlayChildren;
  readonly runChild: (start: ChildStart) => Promise<unknown>;
  /** Runs the handler, or its cancel. */
  readonly run: (start: Start<JobContext<never>>) => Promise<unknown>;
  readonly cancel: (start: Start<CanceledJob<never>>) => Promise<void>;
}

export const retentionMs = 30 * 24 * 3600 * 1000;
/** The time of an invocation, as deployed. A server has no end. */
const functionMs = {
  standard: 60_000,
  long: 900_000,
  bulk: 900_000,
  server: 2 * maxTimeoutSeconds.server * 1000,
} as const;

/**
 * Processes a message in a process of its own, with the engine that is deployed. The message is deleted if it may be.
 */
export async function deliver(
  record: SQSRecord,
  process: WorkerProcess,
  {
    subject,
    table,
    queue,
    bucket,
    random,
    log,
    heartbeatMs,
    startRates,
    run,
    cancel,
    children,
    runChild,
  }: Delivering,
): Promise<void> {
  const { clock } = process;
  const { name, leaseMs, contracts } = subject;
  const message = readMessage(record.body);
  if (message instanceof Error) throw message;
  const contract = contracts[message.type] ?? subject.contract;
  const invocation = invocationOf(lambdaContext(clock.now, functionMs[contract.queue]), [record], clock);
  const ports = process.portsOf(table, queue);
  const running = (payload: never, job: JobContext<never>) => run({ payload, job, process, invocation });
  const canceling = (payload: never, job: CanceledJob<never>) =>
    cancel({ payload, job, process, invocation });
  const ofChildren = Object.entries(subject.children).map(([type, child]) => {
    const runningChild = (payload: never, job: JobContext<never>) =>
      runChild({ type, child, payload, job, process, message });
    return [
      type,
      child.cancel ? Object.assign(runningChild, { cancel: child.cancel }) : runningChild,
    ] as const;
  });
  const handlers: Handlers = {
    ...Object.fromEntries(ofChildren),
    [name]: subject.contract.hasCancel ? Object.assign(running, { cancel: canceling }) : running,
  };
  const pointers = schedulesOf(message, { table, queue: ports.queue, process, children });
  const deps: WorkerDependencies = {
    ...ports,
    ...children.portsOf({ process, store: ports.store, pointers, message }),
    waiting: ports.queue,
    pointers,
    // Nobody asks for a notification here, or for a group of errors.
    notifications: new InMemoryNotificationQueue(),
    grouping: { add: async () => undefined },
    links: madeUpLinks,
    otherRunQueues: {},
    clock,
    random,
    ...bucket.portsOf(process),
    log,
    meter: new RecordedMeters().on(contract.queue),
    contracts,
    handlers,
    leaseMs,
    heartbeatMs,
    changeVisibilityBeforeClaim: contract.queue !== 'standard',
    retentionMs,
    unknownTypeMs: retentionMs,
    spawnAllowance: 1_000_000,
    startRates,
    // Nothing else runs here.
    workPlaces: inMemoryWorkPlaces(),
  };
  const processed = processDeliveries(
    { Records: [record] },
    (delivery) => processDelivery(delivery, invocation, deps),
    deps,
  );
  const answer = await Promise.race([processed, process.death]);
  if (answer && answer.batchItemFailures.length === 0) queue.delete(record.messageId);
}

/**
 * Brings back the message of a job that waits outside of its queue, as a schedule would. Who waits for children is
 * admitted.
 */
const schedulesOf = (message: JobMessage, { table, queue, process, children }: Scheduling): PointerQueue => ({
  send: async (pointer, delaySeconds) => {
    const item = table.items.get(pointer.id);
    if (pointer.id !== message.id || (item && awaitedBatches(item).length > 0))
      return process.call(() => children.admission.send(pointer, delaySeconds));
    const { notBefore = 0, left } = item ?? {};
    return queue.send({ ...message, left }, (notBefore - process.clock.now()) / 1000);
  },
});

interface Scheduling extends Pick<Delivering, 'table' | 'children'> {
  readonly queue: JobQueue;
  readonly process: WorkerProcess;
}
