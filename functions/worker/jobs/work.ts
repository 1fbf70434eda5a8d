import type { Checkpoint, JobType, Payload, Result } from '../../../shared/jobs/catalog.ts';
import type { Log } from '../../../shared/logger.ts';

/** What a job is given beside its payload. */
export interface JobContext<State = unknown> {
  readonly id: string;
  /** From 1; counts crashed attempts too, and begins anew after a hand-over. */
  readonly attempt: number;
  /**
   * Grows with every attempt and is never used again. Effects outside the table happen at least once: give `id`
   * as the idempotency key, and `token` as the fencing token, to whatever you call.
   */
  readonly token: number;
  /** Aborted on cancel, on the contract's timeout and before the function's end; pass it on to what you await. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** What was saved last, if anything was: go on from there. */
  readonly resume: State | undefined;
  /** Tells how far the job is, 0 to 100. Costs no write of its own; a lower figure than before is not shown. */
  progress(percent: number, message?: string): void;
  /** Waits inside the function. @throws the signal's reason as soon as it is aborted */
  pause(seconds: number): Promise<void>;
  /**
   * Call it at loop boundaries, and let through what it throws: it saves the state every few seconds, and when the
   * invocation's time is nearly up it hands the job over to the next, which gets the state as `resume`.
   * @throws CheckpointError if the state does not fit the contract, or is larger than 64 KB as JSON
   */
  checkpoint(state: State): Promise<void>;
  /** Goes on with `state` as `resume` after so many seconds, and costs nothing meanwhile. Never returns. */
  sleep(seconds: number, state: State): Promise<never>;
}

/**
 * The work of a job type. Throw a `PermanentError` for what another attempt cannot mend; anything else that is
 * thrown leads to another attempt after a while, as long as the contract allows one.
 */
export type Work<Type extends JobType> = (
  payload: Payload<Type>,
  job: JobContext<Checkpoint<Type>>,
) => Result<Type> | Promise<Result<Type>>;
