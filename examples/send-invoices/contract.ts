import * as z from 'zod/mini';
import { defineJob } from '../../shared/author/index.ts';
import { customer, month } from './invoice-contract.ts';

const customerNumbers = z.array(z.int());

/** Writes an invoice for each customer, waits for somebody who approves all of them, and mails each. */
export const sendInvoices = defineJob({
  payload: z.strictObject({ month, customers: z.array(customer).check(z.minLength(1), z.maxLength(1000)) }),
  result: z.object({
    state: z.enum(['sent', 'refused', 'forgotten']),
    /** How many mails the mail service has taken. */
    mailed: z.int(),
    /** Whose invoice could not be written. */
    notWritten: customerNumbers,
    /** Whose mail was refused, or may not have been sent. */
    notMailed: customerNumbers,
  }),
  hasSteps: true,
  signals: {
    approve: z
      .strictObject({ isOk: z.boolean().check(z.meta({ labels: { true: 'Send', false: 'Send none' } })) })
      .check(z.meta({ title: 'Send the invoices' })),
  },
  timeoutSeconds: 45,
  maxAttempts: 10,
});
