import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import type { Caller } from '../../shared/http/access/caller.ts';
import { type Granting, jobAnswer } from '../../shared/http/responses/job-answer.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/wire/http-types.ts';
import { logOperation } from '../../shared/operations/act/log-operation.ts';

interface RequestedChange {
  readonly operation: 'cancel' | 'signal' | 'retryChildren';
  readonly request: HttpRequest;
  readonly caller: Caller;
}

type Dependencies = { readonly granting: Granting } & Parameters<typeof logOperation>[1];

/**
 * Changes a job, leaves a line, and answers with the job as it is now: 200 if the job is canceled, 202 if a worker has yet to act.
 * @throws what `change` throws
 */
export async function answerChange(
  { operation, request, caller }: RequestedChange,
  change: () => Promise<JobItem>,
  deps: Dependencies,
): Promise<HttpResponse> {
  const grant = await deps.granting();
  const job = await change();
  logOperation({ operation, actor: caller.actor, job }, deps);
  const isDone = operation === 'cancel' && isTerminal(job.status);
  return jobAnswer(isDone ? 200 : 202, job, { ...grant, request, caller });
}
