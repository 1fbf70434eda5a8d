import type { SQSRecord } from 'aws-lambda';
import { maxTimeoutSeconds } from '../../shared/author/contract.ts';
import type { CanceledJob, Handlers, JobContext } from '../../shared/author/handler.ts';
import { processBatch } from '../../shared/delivery/process-batch.ts';
import type { Clock, Log } from '../../shared/domain/base/ports.ts';
import type { PointerQueue } from '../../shared/domain/schedules/schedule-ports.ts';
import { readMessage } from '../../shared/domain/state/message.ts';
import type { JobQueue } from '../../shared/domain/state/ports.ts';
import type { WorkerDependencies } from '../../shared/worker/before-claim.ts';
import { invocationOf } from '../../shared/worker/invocation.ts';
import { processDelivery } from '../../shared/worker/process-delivery.ts';
import type { InMemoryJobStore } from '../fakes/in-memory-job-store.ts';
import { InMemoryNotificationQueue } from '../fakes/in-memory-queues.ts';
import { noChildren } from '../fakes/no-children.ts';
import { RecordedMeters } from '../fakes/recorded-meters.ts';
import type { Subject } from '../job-under-test.ts';
import type { Start } from './handler-runs.ts';
import { lambdaContext } from './lambda-context.ts';
import type { PlayBucket } from './play-bucket.ts';
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

/** Processes a message in a process of its own, with the engine that is deployed. The message is deleted if it may be. */
export async function deliver(
  record: SQSRecord,
  process: WorkerProcess,
  { subject, table, queue, bucket, random, log, heartbeatMs, run, cancel }: Delivering,
): Promise<void> {
  const { clock } = process;
  const { contract, name, leaseMs } = subject;
  const invocation = invocationOf(lambdaContext(clock.now, functionMs[contract.queue]), [record], clock);
  const ports = process.portsOf(table, queue);
  const running = (payload: never, job: JobContext<never>) => run({ payload, job, process, invocation });
  const canceling = (payload: never, job: CanceledJob<never>) =>
    cancel({ payload, job, process, invocation });
  const handlers: Handlers = {
    [name]: contract.hasCancel ? Object.assign(running, { cancel: canceling }) : running,
  };
  const deps: WorkerDependencies = {
    ...ports,
    waiting: ports.queue,
    pointers: schedulesOf(record, { table, queue: ports.queue, clock }),
    // Nobody asks for a notification here, or for a group of errors.
    notifications: new InMemoryNotificationQueue(),
    grouping: { add: async () => undefined },
    ...noChildren(),
    otherRunQueues: {},
    clock,
    random,
    ...bucket.portsOf(process),
    log,
    meter: new RecordedMeters().on(contract.queue),
    contracts: { [name]: contract },
    handlers,
    leaseMs,
    heartbeatMs,
    changeVisibilityBeforeClaim: contract.queue !== 'standard',
    retentionMs,
    unknownTypeMs: retentionMs,
    spawnAllowance: 1_000_000,
  };
  const processed = processBatch(
    { Records: [record] },
    (delivery) => processDelivery(delivery, invocation, deps),
    deps,
  );
  const answer = await Promise.race([processed, process.death]);
  if (answer && answer.batchItemFailures.length === 0) queue.delete(record.messageId);
}

/** Brings back the message of a job that waits outside of its queue, as a schedule would. */
const schedulesOf = (
  { body }: SQSRecord,
  { table, queue, clock }: Pick<Delivering, 'table'> & { readonly queue: JobQueue; readonly clock: Clock },
): PointerQueue => ({
  send: async ({ id }) => {
    const message = readMessage(body);
    if (message instanceof Error) throw message;
    const { notBefore = 0 } = table.items.get(id) ?? {};
    await queue.send(message, (notBefore - clock.now()) / 1000);
  },
});
