import { ConflictError } from '../../domain/base/errors.ts';
import { MissingObjectError } from '../../domain/objects/object-errors.ts';
import type { ObjectStore } from '../../domain/objects/object-ports.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import type { JobMessage } from '../../domain/state/job/message.ts';
import { canBeRetried, hasSucceeded } from '../../domain/state/job/transitions.ts';
import type { JobStore } from '../../domain/state/ports.ts';
import { orMissing, readStoredCopy } from '../../domain/state/stored-copies.ts';
import { findJob, type JobOfTenant } from './find-job.ts';

/** What a job was given, and as what it was stored last. */
export interface JobInput {
  readonly job: JobItem;
  readonly message: JobMessage;
}

interface InputDependencies {
  readonly store: JobStore;
  /** Where large messages are. */
  readonly objects: Pick<ObjectStore, 'read'>;
}

/**
 * Finds what a job that does not run was given. While a job is queued or runs, only the queue has its message.
 * @throws ConflictError if the job's message is not kept; JobNotFoundError, StoreUnavailableError,
 * ObjectsUnavailableError
 */
export async function findInput(
  { id, tenant }: Pick<JobOfTenant, 'id' | 'tenant'>,
  deps: InputDependencies,
): Promise<JobInput> {
  const job = await findJob({ id, tenant }, deps);
  if (job.message === undefined) throw new ConflictError(whyNotKept(job));
  const message = await readStoredCopy(job.message, deps.objects).catch(orMissing);
  if (message instanceof MissingObjectError)
    throw new ConflictError('The payload is not kept any more, or the job has just gone on.', {
      cause: message,
    });
  if (message instanceof Error) throw message;
  return { job, message };
}

function whyNotKept({ status }: JobItem): string {
  if (hasSucceeded(status)) return 'The job has succeeded: its payload is not kept.';
  const until = canBeRetried(status)
    ? 'when the queue has delivered that message.'
    : 'once it has failed, or while it sleeps or waits for other jobs.';
  return `The job is ${status}, and only its message in the queue has the payload. It can be read ${until}`;
}
