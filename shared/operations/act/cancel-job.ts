import { type ContractQueue, type Contracts, mustPassCancelOn, runQueueOf } from '../../author/contract.ts';
import { type EndDependencies, notifyEnd } from '../../delivery/notify-end.ts';
import { makeVisibleAt } from '../../delivery/visibility.ts';
import { ConflictError, StoreUnavailableError, unreachable } from '../../domain/base/errors.ts';
import type { Clock, Log } from '../../domain/base/ports.ts';
import { MissingObjectError } from '../../domain/objects/object-errors.ts';
import type { ObjectStore } from '../../domain/objects/object-ports.ts';
import { endLine, logJobLine } from '../../domain/observe/log-job-line.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { pointerTo } from '../../domain/state/job/pointer.ts';
import { isClaimed, isTerminal } from '../../domain/state/job/transitions.ts';
import type { JobQueue, JobStore } from '../../domain/state/ports.ts';
import { orMissing, readStoredCopy } from '../../domain/state/stored-copies.ts';
import type { ShownGroupQueue } from '../../domain/state/tenant-queues.ts';
import { cancelWrite, requestCancelWrite } from '../../domain/state/writes/control-writes.ts';
import type { EndTime, JobWrite } from '../../domain/state/writes/job-write.ts';
import { type Act, findJob, requireSameRun } from '../find/find-job.ts';
import { queueOf } from './log-operation.ts';

interface CancelDependencies extends EndDependencies {
  readonly store: JobStore;
  /** Where large messages are. */
  readonly objects: Pick<ObjectStore, 'read'>;
  /** The queue of the jobs of groups. */
  readonly ordered: Pick<ShownGroupQueue, 'changeVisibility'>;
  readonly queues: Readonly<Record<ContractQueue, Pick<JobQueue, 'send'>>>;
  readonly contracts: Contracts;
  readonly clock: Clock;
  readonly log: Log;
  readonly retentionMs: number;
  readonly keepChildrenMs?: number | undefined;
}

/**
 * Seconds: longer than any function takes that is called over HTTP, since admission must find what this call has
 * written; and until after the lease of its worker.
 */
const lookedAtAfter = ({ leaseUntil = 0 }: JobItem, now: number): number =>
  60 + Math.max(0, leaseUntil - now) / 1000;

/** A write is refused if the job moved on since it was read. It does so only so often. */
const maxTries = 5;

/**
 * Cancels a job: at once if it is not running, else at its worker's next heartbeat. A job that is not running, but may
 * have started something elsewhere, is canceled by the worker that receives its message. Every call notifies of the
 * end, or sends that message: an earlier call may have died before it did. The schedule of a postponed job is deleted
 * by admission.
 * @returns the job, `canceled`, or with a cancel requested
 * @throws ConflictError if it has finished otherwise; JobNotFoundError; StoreUnavailableError,
 * QueueUnavailableError, ObjectsUnavailableError: then the job may be canceled all the same
 */
export async function cancelJob(which: Act, deps: CancelDependencies): Promise<JobItem> {
  const job = await canceledJob(which, deps);
  if (isTerminal(job.status)) await Promise.all([freeGroup(job, deps), notifyEnd(job, deps)]);
  else if (!isClaimed(job.status)) await makeDelivered(job, deps);
  return job;
}

/**
 * A job that was asleep, or waited for another attempt, has an invisible message. It is made visible, its receiver
 * deletes it, and the next job of the group runs.
 */
async function freeGroup({ receiptHandle, tenant }: JobItem, deps: CancelDependencies): Promise<void> {
  const { ordered: queue, clock, log } = deps;
  if (receiptHandle !== undefined)
    await makeVisibleAt({ receiptHandle, tenant }, clock.now(), { queue, clock, log });
}

/** A sleeping job's message may be invisible for hours. What is in the queue else, comes within minutes. */
async function makeDelivered(job: JobItem, deps: CancelDependencies): Promise<void> {
  if (job.receiptHandle !== undefined) return freeGroup(job, deps);
  if (job.message === undefined) return;
  const message = await readStoredCopy(job.message, deps.objects).catch(orMissing);
  // Its object is gone, if somebody carries the cancel out just now. Else the job's own message finds the request.
  if (message instanceof MissingObjectError) return;
  if (message instanceof Error) throw message;
  await deps.queues[runQueueOf(deps.contracts, job.type)].send({ ...message, requeued: true });
}

async function canceledJob(which: Act, deps: CancelDependencies): Promise<JobItem> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const job = await findJob(which, deps);
    // Whether it has ended since, its status says: if it is canceled, an answer was lost, or somebody else was faster.
    requireSameRun(job, which);
    const write = writeToCancel(job, { ...deps, now: deps.clock.now(), by: which.by });
    // Its worker may be dead, its message lost or in no queue, and this call may die after the write: then the pointer
    // makes up.
    if (!isTerminal(job.status) && !(write?.transition === 'cancel' && job.message === undefined))
      await deps.pointers.send(pointerTo(job), lookedAtAfter(job, deps.clock.now()), job.tenant);
    if (!write) return job;
    const written = await deps.store.write(write);
    if (!written) continue;
    if (isTerminal(written.status))
      logJobLine(deps.log, endLine(written, 'canceled', queueOf(written, deps.contracts)));
    return written;
  }
  throw new StoreUnavailableError(`job ${which.id} changed ${maxTries} times while it was to be canceled`);
}

/** @returns nothing if the job is canceled, or its worker knows that it must cancel it */
function writeToCancel(
  job: JobItem,
  { contracts, by, ...end }: EndTime & { readonly contracts: Contracts; readonly by: string },
): JobWrite | undefined {
  const request = () => (job.cancelRequested ? undefined : requestCancelWrite(job, end.now, by));
  switch (job.status) {
    case 'canceled':
      return undefined;
    case 'queued':
    case 'waiting':
      return mustPassCancelOn(job, contracts) ? request() : cancelWrite(job, end, by);
    case 'running':
      return request();
    case 'succeeded':
    case 'failed':
      throw new ConflictError(`The job is ${job.status} already.`);
    default:
      return unreachable(job.status);
  }
}
