import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/index.ts';

/** Holds seats, waits, and charges for them, each in a step of its own; for tests of steps. */
export const booking = defineJob({
  queue: 'long',
  payload: z.strictObject({
    seats: z.int().check(z.gte(0), z.lte(10_000)),
    waitSeconds: z.int(),
    approveWithin: z.optional(z.int()),
  }),
  result: z.strictObject({ seats: z.array(z.string()), charge: z.nullable(z.string()) }),
  hasSteps: true,
  signals: { approve: z.strictObject({ isOk: z.boolean(), note: z.optional(z.string()) }) },
  timeoutSeconds: 600,
  maxAttempts: 3,
});
