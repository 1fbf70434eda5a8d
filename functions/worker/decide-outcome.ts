import { backoffMs } from '../../shared/backoff.ts';
import type { JobError, JobItem } from '../../shared/contracts/job-item.ts';
import { describeValue } from '../../shared/describe-value.ts';
import { JobCanceledError, PermanentError } from '../../shared/errors.ts';
import type { Outcome } from '../../shared/protocol/holder-writes.ts';
import { HandOver } from './hand-over.ts';

/** How an attempt ended: for good, to be tried again, or to be gone on with. */
export type AttemptEnd =
  | Outcome
  | { readonly status: 'retrying'; readonly error: JobError; readonly delayMs: number }
  | { readonly status: 'handed-over'; readonly sleepMs: number | undefined };

const longestName = 100;
const longestMessage = 2_000;

/** A job may throw an error whose texts are none; and half a character is not to be stored. */
const textOf = (value: unknown, longest: number): string =>
  describeValue(value).slice(0, longest).toWellFormed();

/** The one place that decides what an error leads to: another attempt, the job's failure, or its cancellation. */
export function decideOutcome(
  error: Error,
  { attempt, maxAttempts }: Pick<JobItem, 'attempt' | 'maxAttempts'>,
  random: number,
): AttemptEnd {
  if (error instanceof HandOver) return { status: 'handed-over', sleepMs: error.sleepMs };
  if (error instanceof JobCanceledError) return { status: 'canceled' };
  const told = { name: textOf(error.name, longestName), message: textOf(error.message, longestMessage) };
  if (error instanceof PermanentError || attempt >= maxAttempts) return { status: 'failed', error: told };
  return { status: 'retrying', error: told, delayMs: backoffMs(attempt, random) };
}
