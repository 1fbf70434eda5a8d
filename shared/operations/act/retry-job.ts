import { type Contracts, contractOf } from '../../author/contract.ts';
import { type EndDependencies, sendNotifications } from '../../delivery/notify-end.ts';
import type { ParentNotifier } from '../../delivery/notify-parent.ts';
import { routeOf } from '../../delivery/route.ts';
import type { Charges } from '../../domain/access/ports.ts';
import { ConflictError, StoreUnavailableError } from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { MissingObjectError } from '../../domain/objects/object-errors.ts';
import type { ObjectStore } from '../../domain/objects/object-ports.ts';
import { shortActor } from '../../domain/state/job/history.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { canBeRetried, hasFailed } from '../../domain/state/job/transitions.ts';
import type { JobQueue, JobStore, QueueName } from '../../domain/state/ports.ts';
import { readStoredCopy } from '../../domain/state/stored-copies.ts';
import { retryWrite, reviveWrite } from '../../domain/state/writes/control-writes.ts';
import { type MaySuspend, refuseSuspended } from '../doors/refuse-suspended.ts';
import { type Act, findJob, requireSeen } from '../find/find-job.ts';

interface RetryDependencies extends MaySuspend, Pick<EndDependencies, 'notifications'> {
  readonly family: Pick<ParentNotifier, 'runsAgain'>;
  readonly store: JobStore;
  readonly queues: Readonly<Record<QueueName, Pick<JobQueue, 'send'>>>;
  readonly contracts: Contracts;
  readonly clock: Clock;
  /** Where large messages are. */
  readonly objects: Pick<ObjectStore, 'read'>;
  /** Counts the jobs that are retried. Absent where nobody counts them. */
  readonly charges?: Charges | undefined;
}

const maxTries = 5;

/**
 * Runs a failed or canceled job again, when its time and its dependencies allow. The message of the next run is sent,
 * and the roots of its batches are kept, before the item is written: if this dies in between, the receiver of the
 * message makes the transition.
 * @returns the job as it is then
 * @throws ConflictError if it is neither failed nor canceled, a child, or of a reserved type, or if its message is
 * gone; JobNotFoundError; TenantSuspendedError; StoreUnavailableError, QueueUnavailableError, ObjectsUnavailableError:
 * then the retry may happen all the same
 */
export async function retryJob(which: Act, deps: RetryDependencies): Promise<JobItem> {
  let revivedAt: number | undefined;
  let charged: Promise<void> | undefined;
  // Who finds the next run knows that it was charged. It is never refused: who has used up the limit may repair what
  // has failed.
  const charge = async () => {
    charged ??= deps.charges?.charge(which.tenant, 1);
    await charged;
  };
  for (let tries = 0; tries < maxTries; tries += 1) {
    const job = await findJob(which, deps);
    await refuseSuspended(which.tenant, deps);
    // If the answer to the write below was lost, the SDK repeated it, and the repetition was refused.
    if (job.history.some(({ event, at }) => event === 'resubmitted' && at === revivedAt)) return job;
    requireSeen(job, which);
    requireRetriable(job, deps.contracts);
    // The next run forgets how this one has ended, and nobody may have told of that yet.
    await sendNotifications(job, deps);
    let retried: JobItem | undefined;
    if (job.message === undefined) {
      await charge();
      await deps.family.runsAgain(job);
      revivedAt = deps.clock.now();
      retried = await deps.store.write(reviveWrite(job, revivedAt, which.by));
    } else retried = await sendNextRun(job, { message: job.message, by: which.by, charge }, deps);
    if (retried) return retried;
  }
  throw new StoreUnavailableError(`job ${which.id} changed ${maxTries} times while it was to be retried`);
}

/** @throws ConflictError */
function requireRetriable(job: JobItem, contracts: Contracts): void {
  refuseReserved(job, contracts);
  refuseChild(job);
  if (!canBeRetried(job.status))
    throw new ConflictError(`The job is ${job.status}; only a failed or canceled job can be retried.`);
  if (hasFailed(job.status) && job.message === undefined) throw payloadIsGone();
}

/** It acts with the rights of the caller that started it. A caller that may retry jobs need not have them. */
function refuseReserved({ type }: JobItem, contracts: Contracts): void {
  if (contractOf(contracts, type)?.reserved)
    throw new ConflictError(`A job of the type ${type} cannot be retried: start a new one.`);
}

/** Its batch counts on it: a retry of the parent makes those again that have not succeeded. */
function refuseChild({ parent }: JobItem): void {
  if (parent) throw new ConflictError(`The job is a child of ${parent.id}: retry its parent.`);
}

interface NextRun {
  /** As the item has it. */
  readonly message: string;
  readonly by: string;
  readonly charge: () => Promise<void>;
}

async function sendNextRun(
  job: JobItem,
  { message: savedMessage, by, charge }: NextRun,
  deps: RetryDependencies,
): Promise<JobItem | undefined> {
  const earlier = await readStoredCopy(savedMessage, deps.objects).catch((error: unknown) =>
    requireMoved(error, job, deps),
  );
  if (earlier instanceof Error) throw earlier;
  if (!earlier) return undefined;
  const message = { ...earlier, run: job.run + 1, retriedBy: shortActor(by) };
  const { queue, delaySeconds } = routeOf(message, deps.contracts, deps.clock.now());
  await charge();
  await deps.queues[queue].send(message, delaySeconds);
  await deps.family.runsAgain(job);
  const retried = await deps.store.write(retryWrite(job, deps.clock.now(), by));
  if (retried) return retried;
  const current = await deps.store.read(job.id);
  return current && current.run > job.run ? current : undefined;
}

const payloadIsGone = (cause?: unknown) =>
  new ConflictError('The job cannot be retried: its payload is not kept any more.', { cause });

/**
 * The object is gone because the job has gone on since it was read: then it is read again.
 * @throws ConflictError unless that is so; the error, if it is another one
 */
async function requireMoved(error: unknown, job: JobItem, { store }: RetryDependencies): Promise<undefined> {
  if (!(error instanceof MissingObjectError)) throw error;
  if ((await store.read(job.id))?.message === job.message) throw payloadIsGone(error);
}
