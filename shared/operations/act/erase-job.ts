import { type EndDependencies, sendNotifications } from '../../delivery/notify-end.ts';
import { wakeDependents } from '../../delivery/wake-dependents.ts';
import { ConflictError, NewerVersionError, StoreUnavailableError } from '../../domain/base/errors.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { isTerminal } from '../../domain/state/job/transitions.ts';
import { eraseWrite } from '../../domain/state/writes/control-writes.ts';
import { type Act, findJob, requireSeen } from '../find/find-job.ts';
import {
  Budget,
  type EraseChildrenDependencies,
  eraseChildren,
  requireEndedChildren,
} from './erase-children.ts';
import { eraseObjects } from './erase-objects.ts';

interface EraseDependencies extends EraseChildrenDependencies, Omit<EndDependencies, 'store' | 'family'> {
  /**
   * How many children a call looks at, and how many it erases. Default: as many as one answer to a request has time
   * for.
   */
  readonly erasesAtOnce?: { readonly looks: number; readonly erases: number };
}

const maxTries = 5;
const inOneRequest = { looks: 500, erases: 500 };

/**
 * Erases all that is kept of a job that has ended: its item with result, error, saved state and the kept message, and
 * its objects. What remains of the item until it expires tells late copies of the message that the job has ended. Its
 * children are erased before it.
 * @returns the job as it was; `unfinished` if it has more children than one call erases, and the call has to be
 * repeated
 * @throws ConflictError unless the job and its children have ended, and if it is a child itself; JobNotFoundError, also
 * after it was erased; StoreUnavailableError, QueueUnavailableError: then the job may be erased all the same;
 * ObjectsUnavailableError: then it may be, and its objects are left to the bucket's lifecycle rules
 */
export async function eraseJob(which: Act, deps: EraseDependencies): Promise<JobItem | 'unfinished'> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const job = requireSeen(await findJob(which, deps), which);
    if (!isTerminal(job.status))
      throw new ConflictError(`The job is ${job.status}; only a job that has ended can be erased.`);
    await refuseChild(job, deps);
    // The process that ended it may have died before it did this, and its message cannot make up for that any more.
    await wakeDependents(job, deps).catch(leftToNewerCode);
    await deps.family.ended(job);
    await sendNotifications(job, deps);
    if (!(await eraseFamily(job, which, deps))) return 'unfinished';
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
 * No child is erased alone: its parent counts on it. @throws ConflictError, StoreUnavailableError
 */
async function refuseChild({ parent }: JobItem, { batches }: EraseDependencies): Promise<void> {
  if (parent && (await batches.read(parent.batch)))
    throw new ConflictError(`The job is a child of ${parent.id}, and is erased with that.`);
}

/** @returns whether no child is left */
async function eraseFamily(
  job: JobItem,
  { by }: Pick<Act, 'by'>,
  { erasesAtOnce = inOneRequest, ...deps }: EraseDependencies,
): Promise<boolean> {
  if (!job.batches) return true;
  if (!(await requireEndedChildren(job, new Budget(erasesAtOnce.looks), deps))) return false;
  return eraseChildren(job, { by, budget: new Budget(erasesAtOnce.erases) }, deps);
}
