import type { JobItem } from '../../shared/contracts/job-item.ts';
import { ConflictError, StoreUnavailableError } from '../../shared/errors.ts';
import { findJob, type JobOfTenant } from '../../shared/find-job.ts';
import { isTerminal } from '../../shared/job.ts';
import type { Clock, JobStore } from '../../shared/ports.ts';
import { cancelWrite, requestCancelWrite } from '../../shared/protocol/cancel-writes.ts';

/** A write is refused when the job moved on since it was read; it does so only so often. */
const mostTries = 5;

/**
 * Cancels a job: at once if it is not running, else within its worker's next heartbeat.
 * @returns the job, `canceled` or `running` with a cancel requested
 * @throws ConflictError if it has finished otherwise; JobNotFoundError; StoreUnavailableError
 */
export async function cancelJob(
  which: JobOfTenant,
  deps: { readonly store: JobStore; readonly clock: Clock; readonly retentionMs: number },
): Promise<JobItem> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const job = await findJob(which, deps);
    if (job.status === 'canceled' || (job.status === 'running' && job.cancelRequested)) return job;
    if (isTerminal(job.status)) throw new ConflictError(`The job is ${job.status} already.`);
    const now = deps.clock.now();
    const write =
      job.status === 'running' ? requestCancelWrite(job, now) : cancelWrite(job, { ...deps, now });
    const canceled = await deps.store.write(write);
    if (canceled) return canceled;
  }
  throw new StoreUnavailableError(`job ${which.id} changed ${mostTries} times while it was to be canceled`);
}
