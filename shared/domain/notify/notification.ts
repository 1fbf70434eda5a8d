import * as z from 'zod/mini';
import { readableCurrentVersion } from '../base/version.ts';

/** Whom to tell that a job has ended: a webhook, a mail address, or the stage's event bus. */
export const notifyTarget = z.union(
  [
    z.strictObject({ url: z.string() }),
    z.strictObject({ email: z.string() }),
    z.strictObject({ event: z.literal(true) }),
  ],
  'must be {"url": "..."}, {"email": "..."} or {"event": true}',
);
export type NotifyTarget = z.infer<typeof notifyTarget>;

/** How it is with one of a job's notifications. */
export const notificationRecord = z.object({
  /** `pending`: no attempt has succeeded yet, and there will be another. `failed`: there will be none. */
  status: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.int(),
  /** Why the last attempt failed. */
  lastError: z.optional(z.string()),
  /** It was held back, since its tenant is suspended: a bulk action sends it again. */
  suspended: z.optional(z.literal(true)),
  /** The receiver has not taken it for three days: a bulk action sends it again. */
  givenUp: z.optional(z.literal(true)),
});
export type NotificationRecord = z.infer<typeof notificationRecord>;

/** The records of a job, in the order of its targets. Null: nobody has tried yet. */
export const notificationRecords = z.array(z.nullable(notificationRecord));

const epochMilliseconds = z.int();

/**
 * The message by which a target is told of a job's end. It says all that the target is told: the job may go on
 * meanwhile.
 */
export const notificationMessage = z.object({
  version: readableCurrentVersion,
  tenant: z.string().check(z.minLength(1)),
  jobId: z.string(),
  type: z.string(),
  run: z.int(),
  status: z.enum(['succeeded', 'failed', 'canceled']),
  createdAt: epochMilliseconds,
  finishedAt: epochMilliseconds,
  tags: z.optional(z.array(z.string())),
  error: z.optional(z.object({ name: z.string(), message: z.string() })),
  /** The trace of the job's submission, as W3C Trace Context has it. */
  traceparent: z.optional(z.string()),
  target: notifyTarget,
  /** Its place among the job's targets. */
  position: z.int(),
  /** How many attempts were made. */
  attempts: z.int(),
  /** When the first attempt was made, or was due and its endpoint did not answer. What older code has sent lacks it. */
  firstAt: z.optional(epochMilliseconds),
  /** Not before this time, epoch milliseconds: SQS delays a message for 15 minutes only. */
  dueAt: z.optional(epochMilliseconds),
});
export type NotificationMessage = z.infer<typeof notificationMessage>;
