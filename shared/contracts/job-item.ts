import * as z from 'zod/mini';
import { jobStatuses } from '../job.ts';
import { jobId } from './job-id.ts';

const epochMilliseconds = z.int();

/**
 * An attempt's start or its end. A start carries no number, as the claim that writes it does not know the count
 * it increments: it is one more than that of the entry before it. `resubmitted`, the user's retry, has attempt 0, as has
 * `handed-over`, of which there is one for any number of hand-overs in a row.
 */
export const historyEntry = z.object({
  event: z.enum(['handed-over', 'started', 'succeeded', 'failed', 'retrying', 'canceled', 'resubmitted']),
  at: epochMilliseconds,
  attempt: z.optional(z.int()),
  error: z.optional(z.string()),
});
export type HistoryEntry = z.infer<typeof historyEntry>;

export const jobError = z.object({ name: z.string(), message: z.string() });
export type JobError = z.infer<typeof jobError>;

export const jobProgress = z.object({
  percent: z.number().check(z.gte(0), z.lte(100)),
  message: z.nullable(z.string()),
});
export type JobProgress = z.infer<typeof jobProgress>;

/** One job as the table stores it. Times are epoch milliseconds, but for `expiresAt` (TTL wants seconds). */
export const jobItem = z.object({
  id: jobId,
  tenant: z.string(),
  type: z.string(),
  status: z.enum(jobStatuses),
  /** Counts the user's retries; a message of another run is outdated or a retry. */
  run: z.int(),
  fingerprint: z.string(),
  /** The fencing token: one more at every claim, never reset. */
  token: z.int(),
  attempt: z.int(),
  maxAttempts: z.int(),
  /** Marks the claim, so that a worker whose claim committed unheard recognizes it as its own. */
  claimId: z.optional(z.string()),
  leaseUntil: z.optional(epochMilliseconds),
  /** When the next attempt, or the next slice after a sleep, may begin. */
  notBefore: z.optional(epochMilliseconds),
  cancelRequested: z.optional(z.literal(true)),
  progress: z.optional(jobProgress),
  /** The result as JSON text: the order of keys and the precision of numbers survive as they were. */
  result: z.optional(z.string()),
  error: z.optional(jobError),
  history: z.array(historyEntry),
  /** What the job saved last, as JSON text. */
  checkpoint: z.optional(z.string()),
  /** How often the job was handed over to another invocation. */
  slices: z.optional(z.int()),
  /** The job's group, whose jobs run one at a time. */
  group: z.optional(z.string()),
  /** The jobs that must have succeeded before this one may run. */
  dependsOn: z.optional(z.array(jobId)),
  /** When the job may run at the earliest, as it was submitted. */
  runAt: z.optional(epochMilliseconds),
  /** The jobs that wait for this one, to be woken when it ends. */
  dependents: z.optional(z.set(z.string())),
  /** The id of the message by which the gate let the job through, so that who did it unheard recognizes it. */
  openedBy: z.optional(z.string()),
  /** The receipt of the hidden message of a job of a group: as long as that is hidden, so is the rest of the group. */
  receipt: z.optional(z.string()),
  /** The message as JSON text, kept once the queue no longer holds it, so that the job can be retried. */
  message: z.optional(z.string()),
  createdAt: epochMilliseconds,
  startedAt: z.optional(epochMilliseconds),
  updatedAt: epochMilliseconds,
  finishedAt: z.optional(epochMilliseconds),
  /** Epoch seconds; the table's TTL attribute, set only when the job is finished. */
  expiresAt: z.optional(z.int()),
});
export type JobItem = z.infer<typeof jobItem>;
