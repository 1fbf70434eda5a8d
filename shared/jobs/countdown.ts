import * as z from 'zod';
import { defineJob, longestTimeoutSeconds } from './define-job.ts';

/** Counts seconds down; for trying things out. */
export const countdown = defineJob({
  payload: z.strictObject({
    seconds: z
      .int()
      .min(0)
      .max(longestTimeoutSeconds - 5),
    /** So many attempts fail, with an error that another attempt may mend. */
    failFirst: z.int().min(0).max(10).optional(),
  }),
  result: z.strictObject({ seconds: z.int() }),
  timeoutSeconds: longestTimeoutSeconds,
  maxAttempts: 5,
});
