import * as z from 'zod';
import { defineJob, longestTimeoutSeconds } from './define-job.ts';

const longestSeconds = 24 * 3600;

/** Counts seconds down; for trying things out. */
export const countdown = defineJob({
  queue: 'long',
  payload: z.strictObject({
    seconds: z.int().min(0).max(longestSeconds),
    /** So many attempts fail, with an error that another attempt may mend. */
    failFirst: z.int().min(0).max(10).optional(),
  }),
  result: z.strictObject({ seconds: z.int() }),
  checkpoint: z.strictObject({ passed: z.int().min(0).max(longestSeconds) }),
  timeoutSeconds: longestTimeoutSeconds.long,
  maxAttempts: 5,
});
