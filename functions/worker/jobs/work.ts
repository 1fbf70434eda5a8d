import type { JobType, Payload, Result } from '../../../shared/jobs/catalog.ts';
import type { Log } from '../../../shared/logger.ts';

/** What a job is given beside its payload. */
export interface JobContext {
  readonly id: string;
  /** From 1; counts crashed attempts too. */
  readonly attempt: number;
  /**
   * Grows with every attempt and is never used again. Effects outside the table happen at least once: give `id`
   * as the idempotency key, and `token` as the fencing token, to whatever you call.
   */
  readonly token: number;
  /** Aborted on cancel, on the contract's timeout and before the function's end; pass it on to what you await. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Tells how far the job is, 0 to 100. Costs no write of its own; a lower figure than before is not shown. */
  progress(percent: number, message?: string): void;
  /** Waits inside the function. @throws the signal's reason as soon as it is aborted */
  pause(seconds: number): Promise<void>;
}

/**
 * The work of a job type. Throw a `PermanentError` for what another attempt cannot mend; anything else that is
 * thrown leads to another attempt after a while, as long as the contract allows one.
 */
export type Work<Type extends JobType> = (
  payload: Payload<Type>,
  job: JobContext,
) => Result<Type> | Promise<Result<Type>>;
