import { contractOf } from '../author/contract.ts';
import type { JobAction } from '../domain/state/job-action.ts';
import type { JobFilter } from './list-jobs.ts';
import { type Submission, type SubmitDependencies, type Submitted, submitJob } from './submit-job.ts';

interface Action extends Pick<Submission, 'tenant' | 'idempotencyKey' | 'traceparent'> {
  readonly action: JobAction;
  readonly filter: JobFilter;
}

/** Starts a bulk action: a job of the reserved type `bulk-action`. @throws what `submitJob` throws */
export async function startAction(
  { action, filter, ...submission }: Action,
  deps: SubmitDependencies,
): Promise<Submitted> {
  const type = 'bulk-action';
  const maxAttempts = contractOf(deps.contracts, type)?.maxAttempts ?? 1;
  // Whom the stage tells of the end of jobs, it tells of what others have submitted.
  const rest = { notify: [], maxAttempts };
  return submitJob({ ...submission, type, payload: { action, filter }, ...rest }, deps);
}
