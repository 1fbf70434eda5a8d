import { type Contracts, runQueueOf } from '../../author/contract.ts';
import type { Log } from '../../domain/base/ports.ts';
import type { OperationDone } from '../../domain/observe/job-line.ts';
import { logJobLine } from '../../domain/observe/log-job-line.ts';
import type { Meters } from '../../domain/observe/metrics.ts';
import type { JobItem } from '../../domain/state/job/item.ts';

interface Done extends Pick<OperationDone, 'operation' | 'replayed' | 'schedule' | 'traceparent'> {
  /** Who did it. */
  readonly actor: string;
  readonly job: Pick<JobItem, 'id' | 'tenant' | 'type' | 'group' | 'debounced'> & {
    readonly status?: JobItem['status'];
  };
}

interface LogDependencies {
  readonly log: Pick<Log, 'info'>;
  readonly contracts: Contracts;
}

/** The queue that a job runs from. */
export const queueOf = ({ type, group }: Done['job'], contracts: Contracts) =>
  group === undefined ? runQueueOf(contracts, type) : ('ordered' as const);

/** Tells what somebody has done to a job, once it is done. */
export function logOperation({ job, ...done }: Done, { log, contracts }: LogDependencies): void {
  const { id: jobId, tenant, type, status } = job;
  const queue = queueOf(job, contracts);
  logJobLine(log, {
    message: 'operation done',
    ...done,
    jobId,
    tenant,
    type,
    queue,
    ...(status ? { status } : {}),
  });
}

/**
 * The same for a submission. A job that was accepted before is not counted again, also where another payload is
 * accepted for it.
 */
export function logSubmission(
  done: Omit<Done, 'operation'> & Partial<Pick<Done, 'operation'>> & { readonly replayed: boolean },
  deps: LogDependencies & { readonly meters: Pick<Meters, 'on'> },
): void {
  const { job, replayed } = done;
  logOperation({ operation: 'submit', ...done }, deps);
  const isNew = !replayed && (job.debounced?.submissions ?? 1) === 1;
  if (isNew) deps.meters.on(queueOf(job, deps.contracts)).count('JobsSubmitted', job.type);
}
