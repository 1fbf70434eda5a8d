import * as z from 'zod/mini';
import { defineJob, maxTimeoutSeconds } from '../../shared/author/index.ts';

const maxSeconds = 24 * 3600;

/** Counts seconds down; for trying things out. */
export const countdown = defineJob({
  queue: 'long',
  payload: z.strictObject({
    seconds: z.int().check(z.gte(0), z.lte(maxSeconds)),
    /** How many attempts fail first, with an error that is retried. */
    failFirst: z.optional(z.int().check(z.gte(0), z.lte(10))),
  }),
  result: z.object({ seconds: z.int() }),
  checkpoint: z.strictObject({ passed: z.int().check(z.gte(0), z.lte(maxSeconds)) }),
  timeoutSeconds: maxTimeoutSeconds.long,
  maxAttempts: 5,
});
