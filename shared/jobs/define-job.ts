import type * as z from 'zod/v4/core';

/** The queues that a type's jobs may run from, each with a worker of its own; jobs of a group run from a third. */
export type ContractQueue = 'standard' | 'long';

/** What a job type promises: the shapes of what goes in and comes out, and its limits. */
export interface JobContract<
  Payload extends z.$ZodType = z.$ZodType,
  Result extends z.$ZodType = z.$ZodType,
  Checkpoint extends z.$ZodType = z.$ZodType,
> {
  readonly payload: Payload;
  readonly result: Result;
  /** What the job saves in order to go on from there; a job without is begun anew at every attempt. */
  readonly checkpoint?: Checkpoint;
  /** `standard` (the default) for jobs of seconds, `long` for those that need a worker for themselves. */
  readonly queue?: ContractQueue;
  /** How long one attempt may take, hand-overs not counted in: each slice has it anew. */
  readonly timeoutSeconds: number;
  /** How often it is tried in all, crashes included; after a hand-over, anew. */
  readonly maxAttempts: number;
}

/** A worker's function has 60 or 900 seconds; some are kept back to store the outcome and answer for the batch. */
export const longestTimeoutSeconds: Readonly<Record<ContractQueue, number>> = { standard: 45, long: 880 };

/**
 * Declares a job type. Its name is the key in `catalog.ts`.
 * @throws RangeError for limits that no worker can keep
 */
export function defineJob<
  Payload extends z.$ZodType,
  Result extends z.$ZodType,
  Checkpoint extends z.$ZodType = z.$ZodNever,
>(contract: JobContract<Payload, Result, Checkpoint>): JobContract<Payload, Result, Checkpoint> {
  const { queue = 'standard', timeoutSeconds, maxAttempts } = contract;
  const longest = longestTimeoutSeconds[queue];
  if (!(timeoutSeconds > 0 && timeoutSeconds <= longest))
    throw new RangeError(`timeoutSeconds must be over 0 and at most ${longest} on the ${queue} queue`);
  if (!(Number.isInteger(maxAttempts) && maxAttempts >= 1 && maxAttempts <= 100))
    throw new RangeError('maxAttempts must be a whole number from 1 to 100');
  return contract;
}
