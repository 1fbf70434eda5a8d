import * as z from 'zod/mini';
import { sendEmail } from '../../job-types/send-email/contract.ts';
import { defineJob } from '../../shared/author/index.ts';

export const month = z.string().check(z.regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month, such as 2026-12'));

export const customer = z.strictObject({
  number: z.int().check(z.gte(1), z.lte(999_999)),
  email: sendEmail.payload.shape.to,
  cents: z.int().check(z.gte(1), z.lte(99_999_999)),
});

/** Writes the invoice of one customer, a PDF: a child of send-invoices, which may also be submitted alone. */
export const writeInvoice = defineJob({
  payload: z.strictObject({ month, customer }),
  result: z.object({ bytes: z.int() }),
  timeoutSeconds: 30,
  maxAttempts: 10,
});
