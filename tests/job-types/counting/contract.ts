import * as z from 'zod/mini';
import { defineJob, maxTimeoutSeconds } from '../../../shared/author/index.ts';

const maxSeconds = 24 * 3600;

/** Counts seconds; for tests of jobs that take long. */
export const counting = defineJob({
  queue: 'long',
  payload: z.strictObject({
    seconds: z.int().check(z.gte(0), z.lte(maxSeconds)),
    /** How many attempts fail first, with an error that is retried. */
    failFirst: z.optional(z.int().check(z.gte(0), z.lte(10))),
    /** A file: the last second does not begin while it is there. A test holds a job in a state until the test has seen the state. */
    heldBy: z.optional(z.string()),
  }),
  result: z.strictObject({ seconds: z.int() }),
  checkpoint: z.strictObject({ passed: z.int().check(z.gte(0), z.lte(maxSeconds)) }),
  timeoutSeconds: maxTimeoutSeconds.long,
  maxAttempts: 5,
});
