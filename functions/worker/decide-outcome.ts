import { backoffMs } from '../../shared/backoff.ts';
import type { JobError, JobItem } from '../../shared/contracts/job-item.ts';
import { describeError } from '../../shared/describe-value.ts';
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

/** Half a character is not to be stored. */
const cut = (text: string, longest: number): string => text.slice(0, longest).toWellFormed();

/** The one place that decides what an error leads to: another attempt, the job's failure, or its cancellation. */
export function decideOutcome(
  error: Error,
  { attempt, maxAttempts }: Pick<JobItem, 'attempt' | 'maxAttempts'>,
  random: number,
): AttemptEnd {
  if (error instanceof HandOver) return { status: 'handed-over', sleepMs: error.sleepMs };
  if (error instanceof JobCanceledError) return { status: 'canceled' };
  const { name, message } = describeError(error);
  const told = { name: cut(name, longestName), message: cut(message, longestMessage) };
  if (error instanceof PermanentError || attempt >= maxAttempts) return { status: 'failed', error: told };
  return { status: 'retrying', error: told, delayMs: backoffMs(attempt, random) };
}
