import {
  ConflictError,
  JobNotFoundError,
  NewerVersionError,
  UnreadableMessageError,
} from '../../domain/base/errors.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import type { JobAction, UnfinishedOutcome } from '../../domain/state/job/job-action.ts';
import { isTerminal } from '../../domain/state/job/transitions.ts';
import type { Act } from '../find/find-job.ts';
import { cancelJob } from './cancel-job.ts';
import { eraseJob } from './erase-job.ts';
import { notifyAgain } from './notify-again.ts';
import { retryJob } from './retry-job.ts';

type Dependencies = Parameters<typeof cancelJob>[1] &
  Parameters<typeof retryJob>[1] &
  Parameters<typeof eraseJob>[1] &
  Parameters<typeof notifyAgain>[1];

type Operation = (which: Act, deps: Dependencies) => Promise<UnfinishedOutcome>;

const done =
  (operation: (which: Act, deps: Dependencies) => Promise<unknown>): Operation =>
  async (which, deps) => {
    await operation(which, deps);
    return 'done';
  };

const operations: Readonly<Record<JobAction, Operation>> = {
  cancel: async (which, deps) => (isTerminal((await cancelJob(which, deps)).status) ? 'done' : 'requested'),
  retry: done(retryJob),
  erase: async (which, deps) => ((await eraseJob(which, deps)) === 'unfinished' ? 'unfinished' : 'done'),
  notify: done(notifyAgain),
};

/** A kept message that cannot be read must not end the action for all other jobs. */
const impossible = [ConflictError, JobNotFoundError, UnreadableMessageError];

/**
 * Acts on a job that was found in a list.
 * @param seen as the list had it, and who acts
 * @returns what has become of it, or `unfinished` if it has to be repeated: it may have changed since, so that this
 * would be another matter
 * @throws StoreUnavailableError, QueueUnavailableError; then it may have been done all the same
 */
export async function actOnJob(
  action: JobAction,
  { seen, by }: { readonly seen: JobItem; readonly by: string },
  deps: Dependencies,
): Promise<UnfinishedOutcome> {
  try {
    return await operations[action]({ ...seen, seen, by }, deps);
  } catch (error) {
    if (error instanceof NewerVersionError) return 'newer';
    if (impossible.some((type) => error instanceof type)) return 'skipped';
    throw error;
  }
}
