import type { SubmitOptions } from '../../author/handler.ts';
import type { OrderOfJob } from '../../author/job-order.ts';
import type { Charges } from '../../domain/access/ports.ts';
import { defined } from '../../domain/base/defined.ts';
import {
  InvalidRequestError,
  JobTypeNotSetUpError,
  KeyReusedError,
  PayloadTooLargeError,
  PlanChangedError,
  StepError,
} from '../../domain/base/errors.ts';
import { untilEnd } from '../../domain/base/until-end.ts';
import { ObjectNotFoundError } from '../../domain/objects/object-errors.ts';
import type { JobQueue, QueueName } from '../../domain/state/ports.ts';
import { logSubmission } from '../../operations/act/log-operation.ts';
import { JobErasedError } from '../../operations/submit/keyed-job-id.ts';
import type { SubmitDependencies } from '../../operations/submit/submission.ts';
import { submitJob } from '../../operations/submit/submit-job.ts';
import { readSubmission } from './parse-submission.ts';

export interface SubmitFromJobDependencies
  extends Omit<SubmitDependencies, 'jobIdSecret' | 'uploads' | 'door'> {
  /** Absent where nobody counts what jobs submit. */
  readonly charges?: Charges | undefined;
  readonly log: Parameters<typeof logSubmission>[1]['log'];
  readonly meters: Parameters<typeof logSubmission>[1]['meters'];
}

/**
 * Accepts an ordinary job that another one asks for: by the use case of a submission over HTTP, with its checks. The
 * key takes the place of an Idempotency-Key, and the id of the job that asks that of the stage's secret: no other job
 * has the same ids. A unique job is that of its key and the window, as over HTTP.
 * @param mayGoOn asked before each call to the table and to a queue
 * @returns its id
 * @throws StepError, PlanChangedError; TenantSuspendedError; StoreUnavailableError, QueueUnavailableError,
 * ObjectsUnavailableError: the job may run all the same
 */
export async function submitFromJob(
  { by, key, type, payload, options, traceparent }: OrderOfJob,
  mayGoOn: () => boolean,
  deps: SubmitFromJobDependencies,
): Promise<string> {
  try {
    const read = readSubmission({ type, payload, ...bodyOf(options) }, { ...deps, tenant: by.tenant });
    if (read instanceof InvalidRequestError) throw read;
    const submission = { ...read, idempotencyKey: key, traceparent, mayBePast: true } as const;
    const submitted = await submitJob(submission, { ...deps, ...guarded(deps, mayGoOn), jobIdSecret: by.id });
    logSubmission({ actor: `job:${by.id}`, ...submitted }, deps);
    return submitted.job.id;
  } catch (thrown) {
    // It was submitted, and somebody has erased it since.
    if (thrown instanceof JobErasedError) return thrown.jobId;
    throw whatToThrow(key, thrown);
  }
}

/** The times of a body are texts. */
const bodyOf = ({ runAt, startBefore, ...options }: SubmitOptions) => ({
  ...options,
  ...defined({ runAt: runAt?.toISOString(), startBefore: startBefore?.toISOString() }),
});

function guarded(
  { store, queues, keepPayload, charges, firstTries, debounces, pointers }: SubmitFromJobDependencies,
  mayGoOn: () => boolean,
): Pick<
  SubmitDependencies,
  'store' | 'queues' | 'keepPayload' | 'door' | 'firstTries' | 'debounces' | 'pointers'
> {
  const counted = charges && untilEnd(charges, mayGoOn);
  const all = Object.entries(queues).map(([name, queue]) => [name, untilEnd(queue, mayGoOn)]);
  return {
    // A replay does not come there.
    door: counted && { enter: (tenant) => counted.charge(tenant, 1) },
    store: untilEnd(store, mayGoOn),
    firstTries: untilEnd(firstTries, mayGoOn),
    debounces: untilEnd(debounces, mayGoOn),
    pointers: untilEnd(pointers, mayGoOn),
    queues: Object.fromEntries(all) as Record<QueueName, Pick<JobQueue, 'send'>>,
    keepPayload: keepPayload && untilEnd({ keepPayload }, mayGoOn).keepPayload,
  };
}

function whatToThrow(key: string, thrown: unknown): unknown {
  if (thrown instanceof KeyReusedError)
    return new PlanChangedError(`"${key}" was submitted before, with another payload or other options`);
  const isWrong = [InvalidRequestError, JobTypeNotSetUpError, ObjectNotFoundError, PayloadTooLargeError];
  return thrown instanceof Error && isWrong.some((each) => thrown instanceof each)
    ? refused(key, thrown)
    : thrown;
}

/** What is there may be a secret: the places and the rules are named alone. */
function refused(key: string, error: Error): StepError {
  const violations = error instanceof InvalidRequestError ? error.violations : [];
  const places = violations.map(({ pointer, detail }) => `${pointer} ${detail}`);
  return new StepError(`"${key}" cannot be submitted: ${[error.message, ...places].join(' ')}`, {
    cause: error,
  });
}
