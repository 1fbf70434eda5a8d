import { contractOf } from '../../author/contract.ts';
import { defined } from '../../domain/base/defined.ts';
import type { JobAction } from '../../domain/state/job/job-action.ts';
import { refuseSuspended } from '../doors/refuse-suspended.ts';
import type { JobFilter } from '../find/list-jobs.ts';
import type { Submission, SubmitDependencies, Submitted } from '../submit/submission.ts';
import { acceptJob } from '../submit/submit-job.ts';

interface Action extends Pick<Submission, 'tenant' | 'idempotencyKey' | 'traceparent'> {
  readonly action: JobAction;
  readonly filter: JobFilter;
  /** Whose jobs, if not those of the tenant, and who asks for that. */
  readonly other?: { readonly tenant: string; readonly by: string };
}

/** A suspended tenant may end its jobs, and start none. */
const startsWork: Readonly<Record<JobAction, boolean>> = {
  cancel: false,
  retry: true,
  erase: false,
  notify: true,
};

/**
 * Starts a bulk action: a job of the reserved type `bulk-action`. @throws what `acceptJob` throws; TenantSuspendedError
 */
export async function startAction(
  { action, filter, other, ...submission }: Action,
  deps: SubmitDependencies,
): Promise<Submitted> {
  if (startsWork[action]) await refuseSuspended(submission.tenant, deps);
  const type = 'bulk-action';
  const maxAttempts = contractOf(deps.contracts, type)?.maxAttempts ?? 1;
  // Whom the stage tells of the end of jobs, it tells of what others have submitted.
  const rest = { notify: [], maxAttempts };
  const payload = { action, filter, ...defined({ other }) };
  return acceptJob({ ...submission, type, payload, ...rest }, deps);
}
