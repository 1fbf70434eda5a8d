import type { Contracts } from '../../author/contract.ts';
import type { JobContext } from '../../author/handler.ts';
import type { JobOrder, OrderOfJob } from '../../author/job-order.ts';
import { defined } from '../../domain/base/defined.ts';
import { PlanChangedError } from '../../domain/base/errors.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import type { Heartbeat } from '../hold/heartbeat.ts';
import { type JobSteps, jsonOf, type SliceEnd } from '../steps/job-steps.ts';
import { keyTaken, type StepMemo } from '../steps/step-memo.ts';
import { typeOf } from './spawn-plan.ts';

/** The way by which jobs submit others: the use case of a submission over HTTP. */
export interface JobSubmitter {
  /**
   * Accepts an ordinary job. Its id follows from the job that it comes from and the key: an order that comes twice is
   * one job.
   * @param mayGoOn asked before each call to the table and to a queue
   * @returns its id
   * @throws StepError if there is something wrong with the order; PlanChangedError if the key came before with another
   * one; TenantSuspendedError; StoreUnavailableError, QueueUnavailableError, ObjectsUnavailableError: the job may run
   * all the same
   */
  submit(order: OrderOfJob, mayGoOn: () => boolean): Promise<string>;
}

interface Submitting {
  readonly item: Pick<JobItem, 'id' | 'tenant'>;
  readonly steps: Pick<JobSteps, 'take' | 'tracked' | 'endSlice'>;
  readonly memo: Pick<StepMemo, 'find' | 'keep'>;
  readonly heartbeat: Pick<Heartbeat, 'requireLease' | 'isStopped'>;
  readonly sliceEnd: SliceEnd;
  readonly traceparent: string | undefined;
  readonly submitter: JobSubmitter;
}

/** The ordinary jobs that one slice of a job submits. */
export class JobSubmissions {
  readonly #own: Submitting;

  constructor(own: Submitting) {
    this.#own = own;
  }

  /**
   * Submits a job, unless it was submitted before. The job is accepted before that is stored under the key: a worker
   * that dies in between has it submitted once more, and it is one job.
   * @throws StepError, PlanChangedError; what the submitter throws
   */
  async submit(key: string, ordered: JobOrder): Promise<{ readonly id: string }> {
    const { item, steps, memo, sliceEnd, traceparent, submitter } = this.#own;
    steps.take(key);
    const stored = memo.find(key);
    if (stored && !stored.submitted) throw keyTaken(key);
    if (stored?.submitted) return submittedBefore(key, stored.submitted, ordered);
    if (sliceEnd.isNear()) await steps.endSlice();
    return steps.tracked(async () => {
      const order = { ...ordered, by: { id: item.id, tenant: item.tenant }, key, traceparent };
      const id = await submitter.submit(order, () => this.#mayGoOn());
      await memo.keep({ key, submitted: { id, type: ordered.type } });
      return { id };
    });
  }

  /**
   * @throws LeaseLostError: another worker may have the job, and the one that was submitted may have ended, and be gone
   */
  #mayGoOn(): boolean {
    const { heartbeat } = this.#own;
    if (heartbeat.isStopped) return false;
    heartbeat.requireLease();
    return true;
  }
}

/** @throws PlanChangedError */
function submittedBefore(
  key: string,
  { id, type }: { readonly id: string; readonly type: string },
  ordered: JobOrder,
): { readonly id: string } {
  if (type === ordered.type) return { id };
  throw new PlanChangedError(`"${key}" was a job of the type "${type}", and is one of "${ordered.type}" now`);
}

type Submit = (key: string, ordered: JobOrder) => Promise<{ readonly id: string }>;

/** What `JobContext.submit` does, whatever process the handler runs in. */
export const submitBy =
  (submit: Submit, contracts: Contracts): JobContext['submit'] =>
  (key, contract, payload, options = {}) => {
    const submitting = async () =>
      submit(key, {
        type: typeOf(contract, contracts, 'the submitted job'),
        payload: jsonOf(payload),
        options: defined(options),
      });
    const submitted = submitting();
    // A handler that forgets to await the call gets no error, but the process must not end because of that.
    submitted.catch(() => undefined);
    return submitted;
  };
