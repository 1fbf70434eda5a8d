import * as z from 'zod/mini';
import { sendEmail } from '../../job-types/send-email/contract.ts';
import { defineJob } from '../../shared/author/index.ts';

/** Charges an order, waits for somebody who approves it, and refunds it if nobody does. */
export const approveOrder = defineJob({
  payload: z.strictObject({
    order: z.string().check(z.minLength(1), z.maxLength(200)),
    cents: z.int().check(z.gte(1)),
    /** Who is mailed a link by which the order is approved. Without it, somebody with the right `signal` answers. */
    approver: z.optional(sendEmail.payload.shape.to),
  }),
  result: z.object({
    state: z.enum(['approved', 'refused', 'forgotten']),
    charge: z.string(),
    /** Only if the order was refused or forgotten. */
    refund: z.optional(z.string()),
  }),
  hasSteps: true,
  signals: {
    /** In words: a link leads people to a page that is made of them. */
    approve: z
      .strictObject({
        isOk: z.boolean().check(z.meta({ labels: { true: 'Approve', false: 'Refuse' } })),
        note: z.optional(z.string().check(z.maxLength(1000), z.meta({ title: 'Note' }))),
      })
      .check(z.meta({ title: 'Approve an order' })),
  },
  timeoutSeconds: 30,
  maxAttempts: 3,
});
