import type * as z from 'zod/v4/core';

/** What a job type promises: the shapes of what goes in and comes out, and its limits. */
export interface JobContract<
  Payload extends z.$ZodType = z.$ZodType,
  Result extends z.$ZodType = z.$ZodType,
> {
  readonly payload: Payload;
  readonly result: Result;
  /** How long one attempt may take; the function of its queue must have the time (see `longestTimeout`). */
  readonly timeoutSeconds: number;
  /** How often it is tried in all, crashes included. */
  readonly maxAttempts: number;
}

/** The worker's function has 60 seconds; some are kept back to store the outcome and answer for the batch. */
export const longestTimeoutSeconds = 45;

/**
 * Declares a job type. Its name is the key in `catalog.ts`.
 * @throws RangeError for limits that no worker can keep
 */
export function defineJob<Payload extends z.$ZodType, Result extends z.$ZodType>(
  contract: JobContract<Payload, Result>,
): JobContract<Payload, Result> {
  const { timeoutSeconds, maxAttempts } = contract;
  if (!(timeoutSeconds > 0 && timeoutSeconds <= longestTimeoutSeconds))
    throw new RangeError(`timeoutSeconds must be over 0 and at most ${longestTimeoutSeconds}`);
  if (!(Number.isInteger(maxAttempts) && maxAttempts >= 1 && maxAttempts <= 100))
    throw new RangeError('maxAttempts must be a whole number from 1 to 100');
  return contract;
}
