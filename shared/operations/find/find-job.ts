import { ConflictError, JobNotFoundError } from '../../domain/base/errors.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { jobId } from '../../domain/state/job/message.ts';
import type { JobReader } from '../../domain/state/ports.ts';

export interface JobOfTenant {
  readonly id: string;
  readonly tenant: string;
  /** What the caller saw of the job. It is left alone if it has begun or finished another run since. */
  readonly seen?: Pick<JobItem, 'run' | 'finishedAt'> | undefined;
}

/** What somebody does to a job. */
export interface Act extends JobOfTenant {
  /** Who does it: see `OperationDone`. The history says so. */
  readonly by: string;
}

/** @throws ConflictError if the job is in another run than its caller saw */
export function requireSameRun({ run }: JobItem, { seen }: Pick<JobOfTenant, 'seen'>): void {
  if (seen && run !== seen.run) throw changed();
}

/** @throws ConflictError if the job is in another run than its caller saw, or has ended since */
export function requireSeen(job: JobItem, which: Pick<JobOfTenant, 'seen'>): JobItem {
  requireSameRun(job, which);
  if (which.seen && job.finishedAt !== which.seen.finishedAt) throw changed();
  return job;
}

const changed = () => new ConflictError('The job was retried, or has ended, since it was listed.');

/**
 * Finds a tenant's job. The read is consistent: the status URL works as soon as submit has answered.
 * @throws JobNotFoundError, also for another tenant's job and for a malformed id, so that nobody can probe for jobs
 */
export async function findJob(
  { id, tenant }: JobOfTenant,
  { store }: { readonly store: JobReader },
): Promise<JobItem> {
  const job = await readJob(id, store);
  if (!job || job.tenant !== tenant || job.erased) throw notFound();
  return job;
}

/**
 * Finds a job for the holder of a grant for it. The caller has checked the grant.
 * @param createdAt of the job that the grant is for. Another job may have the same idempotency key, and so its id
 * @throws JobNotFoundError
 */
export async function findGrantedJob(
  { id, createdAt }: { readonly id: string; readonly createdAt?: number },
  { store }: { readonly store: JobReader },
): Promise<JobItem> {
  const job = await readJob(id, store);
  if (!job || job.erased || (createdAt ?? job.createdAt) !== job.createdAt) throw notFound();
  return job;
}

const readJob = async (id: string, store: JobReader): Promise<JobItem | undefined> =>
  jobId.safeParse(id).success ? store.read(id) : undefined;

const notFound = () => new JobNotFoundError('There is no job of this id.');
