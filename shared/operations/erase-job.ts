import { type WakeDependencies, wakeDependents } from '../delivery/wake-dependents.ts';
import { eraseWrite } from '../job/control-writes.ts';
import { ConflictError, StoreUnavailableError } from '../job/errors.ts';
import type { Clock } from '../job/ports.ts';
import { isTerminal } from '../job/transitions.ts';
import { findJob, type JobOfTenant, requireSeen } from './find-job.ts';

interface EraseDependencies extends WakeDependencies {
  readonly clock: Clock;
}

const maxTries = 5;

/**
 * Erases all that is kept of a job that has ended: its item with result, error, saved state and the kept message. What
 * remains of the item until it expires tells late copies of the message that the job has ended.
 * @throws ConflictError unless the job has ended; JobNotFoundError, also after it was erased; StoreUnavailableError,
 * QueueUnavailableError: then the job may be erased all the same
 */
export async function eraseJob(which: JobOfTenant, deps: EraseDependencies): Promise<void> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const job = requireSeen(await findJob(which, deps), which);
    if (!isTerminal(job.status))
      throw new ConflictError(`The job is ${job.status}; only a job that has ended can be erased.`);
    // Whoever ended it may have died before it did this, and its message cannot make up for that any more.
    await wakeDependents(job, deps);
    if (await deps.store.write(eraseWrite(job, deps.clock.now()))) return;
    // The write may have happened: its answer was lost, and its repetition was refused.
    if ((await deps.store.read(which.id))?.erased) return;
  }
  throw new StoreUnavailableError(`job ${which.id} changed ${maxTries} times while it was to be erased`);
}
