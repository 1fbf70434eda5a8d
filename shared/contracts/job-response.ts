import * as z from 'zod';
import { jobStatuses } from '../job.ts';
import { jobId } from './job-id.ts';
import { jobError, jobProgress } from './job-item.ts';

const time = z.iso.datetime({ precision: 3 });

/** A job as the API shows it. Times are UTC; those not yet reached are null. */
export const jobResponse = z.object({
  id: jobId,
  type: z.string(),
  status: z.enum(jobStatuses),
  progress: jobProgress.nullable(),
  attempt: z.int(),
  maxAttempts: z.int(),
  result: z.unknown(),
  error: jobError.nullable(),
  /** Every attempt's start and end. `crashed`: it started and nothing was heard of it until the next one did. */
  history: z.array(
    z.object({
      event: z.enum(['started', 'succeeded', 'failed', 'retrying', 'canceled', 'crashed']),
      at: time,
      attempt: z.int(),
      error: z.string().optional(),
    }),
  ),
  createdAt: time,
  startedAt: time.nullable(),
  updatedAt: time,
  finishedAt: time.nullable(),
  statusUrl: z.url(),
});
export type JobResponse = z.infer<typeof jobResponse>;
