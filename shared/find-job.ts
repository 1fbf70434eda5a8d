import { jobId } from './contracts/job-id.ts';
import type { JobItem } from './contracts/job-item.ts';
import { JobNotFoundError } from './errors.ts';
import type { JobStore } from './ports.ts';

export interface JobOfTenant {
  readonly id: string;
  readonly tenant: string;
}

/**
 * A tenant's job. The read is consistent: the status URL works as soon as submit has answered.
 * @throws JobNotFoundError also for another tenant's job and for what is no id at all, so that nobody can probe
 */
export async function findJob(
  { id, tenant }: JobOfTenant,
  { store }: { readonly store: JobStore },
): Promise<JobItem> {
  const job = jobId.safeParse(id).success ? await store.read(id) : undefined;
  if (job?.tenant !== tenant) throw new JobNotFoundError('There is no job of this id.');
  return job;
}
