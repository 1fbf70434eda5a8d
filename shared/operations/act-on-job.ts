import { ConflictError, JobNotFoundError, UnreadableMessageError } from '../domain/base/errors.ts';
import type { JobItem } from '../domain/state/item.ts';
import type { JobAction } from '../domain/state/job-action.ts';
import { cancelJob } from './cancel-job.ts';
import { eraseJob } from './erase-job.ts';
import type { JobOfTenant } from './find-job.ts';
import { retryJob } from './retry-job.ts';

type Dependencies = Parameters<typeof cancelJob>[1] &
  Parameters<typeof retryJob>[1] &
  Parameters<typeof eraseJob>[1];

const operations: Readonly<Record<JobAction, (which: JobOfTenant, deps: Dependencies) => Promise<unknown>>> =
  { cancel: cancelJob, retry: retryJob, erase: eraseJob };

/** A kept message that cannot be read must not end the action for all other jobs. */
const impossible = [ConflictError, JobNotFoundError, UnreadableMessageError];

/**
 * Cancels, retries or erases a job that was found in a list.
 * @param seen as the list had it
 * @returns false if it has changed since, so that this would be another matter, or if nobody can do it
 * @throws StoreUnavailableError, QueueUnavailableError; then it may have been done all the same
 */
export async function actOnJob(action: JobAction, seen: JobItem, deps: Dependencies): Promise<boolean> {
  try {
    await operations[action]({ ...seen, seen }, deps);
    return true;
  } catch (error) {
    if (impossible.some((type) => error instanceof type)) return false;
    throw error;
  }
}
