import type { JobHandler } from '../../shared/author/index.ts';
import { inEuros } from './in-euros.ts';
import type { writeInvoice as contract } from './invoice-contract.ts';
import { pdfOf } from './pdf.ts';

export const writeInvoice: JobHandler<typeof contract> = async ({ month, customer }, job) => {
  const lines = [
    `Invoice for ${month}`,
    '',
    `Customer ${customer.number}`,
    `Amount: ${inEuros(customer.cents)}`,
  ];
  const output = job.output({ contentType: 'application/pdf' });
  await output.write(pdfOf(lines));
  return { bytes: output.bytes };
};
