import * as z from 'zod/mini';
import { defineJob } from '../../shared/author/index.ts';

/** Charges an order, waits for somebody who approves it, and refunds it if nobody does. */
export const approveOrder = defineJob({
  queue: 'long',
  payload: z.strictObject({
    order: z.string().check(z.minLength(1), z.maxLength(200)),
    cents: z.int().check(z.gte(1)),
  }),
  result: z.strictObject({
    state: z.enum(['approved', 'refused', 'forgotten']),
    charge: z.string(),
    /** Only if the order was refused or forgotten. */
    refund: z.optional(z.string()),
  }),
  hasSteps: true,
  signals: {
    approve: z.strictObject({ isOk: z.boolean(), note: z.optional(z.string().check(z.maxLength(1000))) }),
  },
  timeoutSeconds: 60,
  maxAttempts: 3,
});
