import type { Connection } from './connection.ts';
import { JobCanceledError, JobFailedError, WaitTimeoutError } from './errors.ts';
import { follow } from './follow.ts';
import type { Job, JobReference, SucceededJob } from './job.ts';
import { outcomes } from './job-status.ts';
import { readResult } from './result.ts';
import { limitTime } from './time.ts';

export interface WaitOptions {
  /** Default: as long as it takes. */
  readonly timeoutSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What `setTimeout` can take: 24.8 days. */
const maxTimeoutMs = 2 ** 31 - 1;

/**
 * Waits for the end of a job.
 * @returns the job, with its result
 * @throws JobFailedError, JobCanceledError, WaitTimeoutError; and what `Client.get` throws
 */
export async function waitForEnd(
  reference: JobReference,
  { timeoutSeconds = Infinity, signal: outer }: WaitOptions,
  connection: Connection,
): Promise<SucceededJob> {
  const limit = limitTime(Math.min(timeoutSeconds * 1000, maxTimeoutMs), outer);
  const { signal } = limit;
  let seen: Job | undefined;
  try {
    for await (const job of follow(reference, signal, connection)) seen = job;
    if (seen) return await outcomeOf(seen, signal, connection);
  } catch (error) {
    if (!limit.isOver()) throw error;
  } finally {
    limit.end();
  }
  throw new WaitTimeoutError('The job did not end in time.', seen);
}

async function outcomeOf(job: Job, signal: AbortSignal, connection: Connection): Promise<SucceededJob> {
  const { id, status, error } = job;
  switch (outcomes[status]) {
    case 'failed':
      throw new JobFailedError(`Job ${id} failed: ${error?.name}: ${error?.message}`, job);
    case 'canceled':
      throw new JobCanceledError(`Job ${id} was canceled.`, job);
    case 'succeeded':
      return { ...job, status: 'succeeded', result: await readResult(job, signal, connection) };
    case undefined:
      throw new TypeError(`Job ${id} has not ended.`);
  }
}
