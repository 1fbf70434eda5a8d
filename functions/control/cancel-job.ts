import type { JobItem } from '../../shared/contracts/job-item.ts';
import { ConflictError, StoreUnavailableError } from '../../shared/errors.ts';
import { findJob, type JobOfTenant } from '../../shared/find-job.ts';
import { isTerminal } from '../../shared/job.ts';
import type { Log } from '../../shared/logger.ts';
import type { Clock, JobQueue } from '../../shared/ports.ts';
import { cancelWrite, requestCancelWrite } from '../../shared/protocol/cancel-writes.ts';
import { hideUntil } from '../../shared/protocol/hide-until.ts';
import { type WakeDependencies, wakeDependents } from '../../shared/protocol/wake-dependents.ts';

interface CancelDependencies extends WakeDependencies {
  /** The queue of the jobs of groups. */
  readonly ordered: Pick<JobQueue, 'hide'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly retentionMs: number;
}

/** A write is refused when the job moved on since it was read; it does so only so often. */
const mostTries = 5;

/**
 * Cancels a job: at once if it is not running, else within its worker's next heartbeat. The jobs that wait for it, in
 * its group or elsewhere, are let on, every time this is asked for: the one before may have died of it.
 * @returns the job, `canceled` or `running` with a cancel requested
 * @throws ConflictError if it has finished otherwise; JobNotFoundError; StoreUnavailableError,
 * QueueUnavailableError: then the job may be canceled all the same
 */
export async function cancelJob(which: JobOfTenant, deps: CancelDependencies): Promise<JobItem> {
  const job = await canceled(which, deps);
  if (job.status === 'canceled') await Promise.all([freeGroup(job, deps), wakeDependents(job, deps)]);
  return job;
}

/** Shows the message of a job that was asleep, or waited for another attempt. It goes, and the next of the group runs. */
async function freeGroup({ receipt }: JobItem, { ordered, clock, log }: CancelDependencies): Promise<void> {
  if (receipt !== undefined)
    await hideUntil({ receiptHandle: receipt }, clock.now(), { queue: ordered, clock, log });
}

async function canceled(which: JobOfTenant, deps: CancelDependencies): Promise<JobItem> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const job = await findJob(which, deps);
    if (job.status === 'canceled' || (job.status === 'running' && job.cancelRequested)) return job;
    if (isTerminal(job.status)) throw new ConflictError(`The job is ${job.status} already.`);
    const now = deps.clock.now();
    const write =
      job.status === 'running' ? requestCancelWrite(job, now) : cancelWrite(job, { ...deps, now });
    const written = await deps.store.write(write);
    if (written) return written;
  }
  throw new StoreUnavailableError(`job ${which.id} changed ${mostTries} times while it was to be canceled`);
}
