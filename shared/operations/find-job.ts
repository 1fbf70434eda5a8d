import { JobNotFoundError } from '../job/errors.ts';
import type { JobItem } from '../job/item.ts';
import { jobId } from '../job/message.ts';
import type { JobStore } from '../job/ports.ts';

export interface JobOfTenant {
  readonly id: string;
  readonly tenant: string;
}

/**
 * Finds a tenant's job. The read is consistent: the status URL works as soon as submit has answered.
 * @throws JobNotFoundError, also for another tenant's job and for a malformed id, so that nobody can probe for jobs
 */
export async function findJob(
  { id, tenant }: JobOfTenant,
  { store }: { readonly store: JobStore },
): Promise<JobItem> {
  const job = jobId.safeParse(id).success ? await store.read(id) : undefined;
  if (job?.tenant !== tenant) throw new JobNotFoundError('There is no job of this id.');
  return job;
}
