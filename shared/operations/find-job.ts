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
  const job = await readJob(id, store);
  if (job?.tenant !== tenant) throw notFound();
  return job;
}

/**
 * Finds a job for whoever holds a grant for it. The caller has checked the grant.
 * @throws JobNotFoundError
 */
export async function findGrantedJob(id: string, { store }: { readonly store: JobStore }): Promise<JobItem> {
  const job = await readJob(id, store);
  if (!job) throw notFound();
  return job;
}

const readJob = async (id: string, store: JobStore): Promise<JobItem | undefined> =>
  jobId.safeParse(id).success ? store.read(id) : undefined;

const notFound = () => new JobNotFoundError('There is no job of this id.');
