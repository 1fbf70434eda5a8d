import * as z from 'zod/mini';
import { defineJob, maxTimeoutSeconds } from '../../shared/author/contract.ts';
import { jobActions } from '../../shared/domain/state/job/job-action.ts';
import { jobId } from '../../shared/domain/state/job/message.ts';
import { jobStatuses } from '../../shared/domain/state/job/transitions.ts';

/** Which jobs an action is for. Times: epoch milliseconds. */
const filter = z.strictObject({
  /** Only this one: a job with more children than one answer to a request has time to erase. */
  id: z.optional(jobId),
  status: z.optional(z.enum(jobStatuses)),
  type: z.optional(z.string()),
  group: z.optional(z.string()),
  error: z.optional(z.string()),
  tags: z.optional(z.array(z.string())),
  since: z.optional(z.int()),
  until: z.optional(z.int()),
});
export type BulkFilter = z.infer<typeof filter>;

/** Each is rather too low: what was done between the last saved state and a crash is done, but not counted. */
const counts = {
  /** Jobs that were canceled, retried or erased, or whose notifications were sent again. */
  done: z.int(),
  /** Jobs that are to be canceled, and whose workers have not stopped yet. Absent: none. */
  requested: z.optional(z.int()),
  /** Jobs that had changed since they were listed, or that have nothing to send. */
  skipped: z.int(),
  /** Jobs that only newer code can read: they are left alone, whether they pass the filter or not. Absent: none. */
  newer: z.optional(z.int()),
};

/** Cancels, retries, erases or notifies of all jobs of a tenant that a filter chooses. */
export const bulkAction = defineJob({
  queue: 'bulk',
  reserved: 'use POST /jobs/actions',
  payload: z.strictObject({
    action: z.enum(jobActions),
    filter,
    /** Whose jobs, if they are not those of the action's own tenant, and who has asked for that. */
    other: z.optional(z.strictObject({ tenant: z.string(), by: z.string() })),
  }),
  result: z.strictObject(counts),
  checkpoint: z.strictObject({ ...counts, below: z.optional(z.string()) }),
  timeoutSeconds: maxTimeoutSeconds.bulk,
  maxAttempts: 20,
});
