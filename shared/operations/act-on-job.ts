import { ConflictError, JobNotFoundError, unreachable } from '../job/errors.ts';
import type { JobItem } from '../job/item.ts';
import { cancelJob } from './cancel-job.ts';
import { eraseJob } from './erase-job.ts';
import { retryJob } from './retry-job.ts';

type Dependencies = Parameters<typeof cancelJob>[1] &
  Parameters<typeof retryJob>[1] &
  Parameters<typeof eraseJob>[1];

/**
 * Cancels, retries or erases a job that was found in a list.
 * @param seen as the list had it
 * @returns false if it has changed since, so that this would be another matter
 * @throws StoreUnavailableError, QueueUnavailableError; then it may have been done all the same
 */
export async function actOnJob(
  action: 'cancel' | 'retry' | 'erase',
  seen: JobItem,
  deps: Dependencies,
): Promise<boolean> {
  try {
    await operationOf(action)({ ...seen, seen }, deps);
    return true;
  } catch (error) {
    if (error instanceof ConflictError || error instanceof JobNotFoundError) return false;
    throw error;
  }
}

function operationOf(action: 'cancel' | 'retry' | 'erase') {
  switch (action) {
    case 'cancel':
      return cancelJob;
    case 'retry':
      return retryJob;
    case 'erase':
      return eraseJob;
    default:
      return unreachable(action);
  }
}
