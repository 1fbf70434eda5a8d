import { contractOf } from '../job/contract.ts';
import { canBeRetried, isTerminal, type JobStatus } from '../job/transitions.ts';
import type { JobFilter } from './list-jobs.ts';
import { type Submission, type SubmitDependencies, type Submitted, submitJob } from './submit-job.ts';

export type BulkActionName = 'cancel' | 'retry' | 'erase';

interface Action extends Pick<Submission, 'tenant' | 'idempotencyKey' | 'traceparent'> {
  readonly action: BulkActionName;
  readonly filter: JobFilter;
}

/** The jobs that an action can change. A filter for others would never choose any. */
export const canChange: Readonly<Record<BulkActionName, (status: JobStatus) => boolean>> = {
  cancel: (status) => !isTerminal(status),
  retry: canBeRetried,
  erase: isTerminal,
};

/** Starts a bulk action: a job of the reserved type `bulk-action`. @throws what `submitJob` throws */
export async function startAction(
  { action, filter, ...submission }: Action,
  deps: SubmitDependencies,
): Promise<Submitted> {
  const type = 'bulk-action';
  const maxAttempts = contractOf(deps.contracts, type)?.maxAttempts ?? 1;
  return submitJob({ ...submission, type, payload: { action, filter }, maxAttempts }, deps);
}
