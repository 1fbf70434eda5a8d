import * as z from 'zod';
import { jobStatuses } from '../job.ts';
import { jobId } from './job-id.ts';

const epochMilliseconds = z.int();

/**
 * An attempt's start or its end. A start carries no number, as the claim that writes it does not know the count
 * it increments: it is one more than that of the entry before it.
 */
export const historyEntry = z.object({
  event: z.enum(['started', 'succeeded', 'failed', 'retrying', 'canceled']),
  at: epochMilliseconds,
  attempt: z.int().optional(),
  error: z.string().optional(),
});
export type HistoryEntry = z.infer<typeof historyEntry>;

export const jobError = z.object({ name: z.string(), message: z.string() });
export type JobError = z.infer<typeof jobError>;

export const jobProgress = z.object({ percent: z.number().min(0).max(100), message: z.string().nullable() });
export type JobProgress = z.infer<typeof jobProgress>;

/** One job as the table stores it. Times are epoch milliseconds, but for `expiresAt` (TTL wants seconds). */
export const jobItem = z.object({
  id: jobId,
  tenant: z.string(),
  type: z.string(),
  status: z.enum(jobStatuses),
  /** Counts the user's retries; a message of another run is outdated or a retry. */
  run: z.int().min(1),
  fingerprint: z.string(),
  /** The fencing token: one more at every claim, never reset. */
  token: z.int().min(0),
  attempt: z.int().min(0),
  maxAttempts: z.int().min(1),
  /** Marks the claim, so that a worker whose claim committed unheard recognizes it as its own. */
  claimId: z.string().optional(),
  leaseUntil: epochMilliseconds.optional(),
  notBefore: epochMilliseconds.optional(),
  cancelRequested: z.literal(true).optional(),
  progress: jobProgress.optional(),
  /** The result as JSON text: the order of keys and the precision of numbers survive as they were. */
  result: z.string().optional(),
  error: jobError.optional(),
  history: z.array(historyEntry),
  /** The message as JSON text, kept once the queue no longer holds it, so that the job can be retried. */
  message: z.string().optional(),
  createdAt: epochMilliseconds,
  startedAt: epochMilliseconds.optional(),
  updatedAt: epochMilliseconds,
  finishedAt: epochMilliseconds.optional(),
  /** Epoch seconds; the table's TTL attribute, set only when the job is finished. */
  expiresAt: z.int().optional(),
});
export type JobItem = z.infer<typeof jobItem>;
