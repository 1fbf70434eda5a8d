import * as z from 'zod/mini';
import { jobStatuses } from '../job.ts';
import { jobId } from './job-id.ts';
import { jobError, jobProgress } from './job-item.ts';

const time = z.iso.datetime({ precision: 3 });

/** A job as the API shows it. Times are UTC; those not yet reached are null. */
export const jobResponse = z.object({
  id: jobId,
  type: z.string(),
  status: z.enum(jobStatuses),
  progress: z.nullable(jobProgress),
  attempt: z.int(),
  maxAttempts: z.int(),
  /** How often the job was handed over from one invocation of a function to the next. */
  slices: z.int(),
  result: z.unknown(),
  error: z.nullable(jobError),
  /** As submitted; absent where there is none. */
  group: z.optional(z.string()),
  dependsOn: z.optional(z.array(jobId)),
  /** When it may run at the earliest, if that was asked for. */
  runAt: z.optional(time),
  /** Every attempt's start and end. `crashed`: it started and nothing was heard of it until the next one did. */
  history: z.array(
    z.object({
      event: z.enum([
        'started',
        'succeeded',
        'failed',
        'retrying',
        'canceled',
        'crashed',
        'resubmitted',
        'handed-over',
      ]),
      at: time,
      attempt: z.int(),
      error: z.optional(z.string()),
    }),
  ),
  createdAt: time,
  startedAt: z.nullable(time),
  updatedAt: time,
  finishedAt: z.nullable(time),
  statusUrl: z.url(),
});
export type JobResponse = z.infer<typeof jobResponse>;
