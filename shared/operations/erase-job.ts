import { type EndDependencies, sendNotifications } from '../delivery/notify-end.ts';
import { wakeDependents } from '../delivery/wake-dependents.ts';
import { ConflictError, NewerVersionError, StoreUnavailableError } from '../domain/base/errors.ts';
import type { Clock, Log } from '../domain/base/ports.ts';
import type { MultipartUploads, ObjectStore } from '../domain/objects/object-ports.ts';
import { eraseWrite } from '../domain/state/control-writes.ts';
import type { JobItem } from '../domain/state/item.ts';
import { objectsOf } from '../domain/state/item-objects.ts';
import type { JobStore } from '../domain/state/ports.ts';
import { isTerminal } from '../domain/state/transitions.ts';
import { type Act, findJob, requireSeen } from './find-job.ts';

interface EraseDependencies extends EndDependencies {
  readonly store: JobStore;
  readonly objects: Pick<ObjectStore, 'delete'>;
  readonly multipart: Pick<MultipartUploads, 'abort'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
}

const maxTries = 5;

/**
 * Erases all that is kept of a job that has ended: its item with result, error, saved state and the kept message, and
 * its objects. What remains of the item until it expires tells late copies of the message that the job has ended.
 * @returns the job as it was
 * @throws ConflictError unless the job has ended; JobNotFoundError, also after it was erased; StoreUnavailableError,
 * QueueUnavailableError: then the job may be erased all the same; ObjectsUnavailableError: then it may be, and its objects
 * are left to the bucket's lifecycle rules
 */
export async function eraseJob(which: Act, deps: EraseDependencies): Promise<JobItem> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const job = requireSeen(await findJob(which, deps), which);
    if (!isTerminal(job.status))
      throw new ConflictError(`The job is ${job.status}; only a job that has ended can be erased.`);
    // Whoever ended it may have died before it did this, and its message cannot make up for that any more.
    await wakeDependents(job, deps).catch(leftToNewerCode);
    await deps.family.ended(job);
    await sendNotifications(job, deps);
    const erased =
      (await deps.store.write(eraseWrite(job, deps.clock.now(), which.by))) ??
      // The write may have happened: its answer was lost, and its repetition was refused.
      (await deps.store.read(which.id));
    if (!erased?.erased) continue;
    await eraseObjects(job, deps);
    return job;
  }
  throw new StoreUnavailableError(`job ${which.id} changed ${maxTries} times while it was to be erased`);
}

/** A dependent that only newer code can wake looks by itself: what is left of the erased job says how that ended. */
function leftToNewerCode(error: unknown): void {
  if (!(error instanceof NewerVersionError)) throw error;
}

/**
 * Deletes the objects of a job that was erased. Not before: a retry may come in between, and needs them.
 * @throws ObjectsUnavailableError
 */
async function eraseObjects(job: JobItem, { objects, multipart, log }: EraseDependencies): Promise<void> {
  const upload = job.output?.upload;
  const names = objectsOf(job);
  const erasing = await Promise.allSettled([
    ...names.map((name) => objects.delete(name)),
    ...(upload ? [multipart.abort(upload)] : []),
  ]);
  const failures = erasing.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  if (failures.length === 0) return;
  // Nobody else knows these names: the item does not have them any more.
  log.error('objects of an erased job not deleted', { jobId: job.id, objects: names, upload });
  throw failures[0];
}
