import type { JobItem } from '../../shared/contracts/job-item.ts';
import { readMessage } from '../../shared/contracts/job-message.ts';
import { ConflictError, StoreUnavailableError } from '../../shared/errors.ts';
import { findJob, type JobOfTenant } from '../../shared/find-job.ts';
import type { Clock, JobQueue, JobStore } from '../../shared/ports.ts';
import { retryWrite, reviveWrite } from '../../shared/protocol/retry-writes.ts';
import { type QueueName, routeOf } from '../../shared/protocol/route.ts';

interface RetryDependencies {
  readonly store: JobStore;
  readonly queues: Readonly<Record<QueueName, JobQueue>>;
  readonly clock: Clock;
}

const mostTries = 5;

/**
 * Runs a failed or canceled job again, when its time and its dependencies allow. The message of the next run goes out
 * before the item is written; whoever receives it makes the transition if this dies in between.
 * @returns the job as it is then
 * @throws ConflictError if it is neither failed nor canceled; JobNotFoundError; StoreUnavailableError,
 * QueueUnavailableError: then the retry may happen all the same
 */
export async function retryJob(which: JobOfTenant, deps: RetryDependencies): Promise<JobItem> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const job = await findJob(which, deps);
    if (job.status !== 'failed' && job.status !== 'canceled')
      throw new ConflictError(`The job is ${job.status}; only a failed or canceled job can be retried.`);
    const retried = await (job.message === undefined
      ? deps.store.write(reviveWrite(job, deps.clock.now()))
      : sendNextRun(job, job.message, deps));
    if (retried) return retried;
  }
  throw new StoreUnavailableError(`job ${which.id} changed ${mostTries} times while it was to be retried`);
}

async function sendNextRun(
  job: JobItem,
  saved: string,
  deps: RetryDependencies,
): Promise<JobItem | undefined> {
  const earlier = readMessage(saved);
  if (earlier instanceof Error) throw earlier;
  const message = { ...earlier, run: job.run + 1 };
  const { queue, delaySeconds } = routeOf(message, deps.clock.now());
  await deps.queues[queue].send(message, delaySeconds);
  const retried = await deps.store.write(retryWrite(job, deps.clock.now()));
  if (retried) return retried;
  const current = await deps.store.read(job.id);
  return current && current.run > job.run ? current : undefined;
}
