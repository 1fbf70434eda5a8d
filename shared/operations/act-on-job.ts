import { ConflictError, JobNotFoundError, UnreadableMessageError } from '../domain/base/errors.ts';
import type { JobItem } from '../domain/state/item.ts';
import type { JobAction } from '../domain/state/job-action.ts';
import { cancelJob } from './cancel-job.ts';
import { eraseJob } from './erase-job.ts';
import type { Act } from './find-job.ts';
import { notifyAgain } from './notify-again.ts';
import { retryJob } from './retry-job.ts';

type Dependencies = Parameters<typeof cancelJob>[1] &
  Parameters<typeof retryJob>[1] &
  Parameters<typeof eraseJob>[1] &
  Parameters<typeof notifyAgain>[1];

const operations: Readonly<Record<JobAction, (which: Act, deps: Dependencies) => Promise<unknown>>> = {
  cancel: cancelJob,
  retry: retryJob,
  erase: eraseJob,
  notify: notifyAgain,
};

/** A kept message that cannot be read must not end the action for all other jobs. */
const impossible = [ConflictError, JobNotFoundError, UnreadableMessageError];

/**
 * Acts on a job that was found in a list.
 * @param seen as the list had it, and who acts
 * @returns false if it has changed since, so that this would be another matter, or if nobody can do it
 * @throws StoreUnavailableError, QueueUnavailableError; then it may have been done all the same
 */
export async function actOnJob(
  action: JobAction,
  { seen, by }: { readonly seen: JobItem; readonly by: string },
  deps: Dependencies,
): Promise<boolean> {
  try {
    await operations[action]({ ...seen, seen, by }, deps);
    return true;
  } catch (error) {
    if (impossible.some((type) => error instanceof type)) return false;
    throw error;
  }
}
