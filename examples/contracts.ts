import { contracts as own } from '../job-types/contracts.ts';
import type { Contracts } from '../shared/author/index.ts';
import { approveOrder } from './approve-order/contract.ts';
import { countdown } from './countdown/contract.ts';
import { csvAggregate } from './csv-aggregate/contract.ts';
import { emrAggregate } from './emr-aggregate/contract.ts';
import { encodeVideo } from './encode-video/contract.ts';
import { importBook } from './import-book/contract.ts';
import { importPage } from './import-book/page-contract.ts';
import { sendInvoices } from './send-invoices/contract.ts';
import { writeInvoice } from './send-invoices/invoice-contract.ts';

/** The samples, and every job type of job-types/contracts.ts: what a stage with `examples: true` has. */
export const contracts = {
  'approve-order': approveOrder,
  countdown,
  'csv-aggregate': csvAggregate,
  'emr-aggregate': emrAggregate,
  'encode-video': encodeVideo,
  'import-book': importBook,
  'import-page': importPage,
  'send-invoices': sendInvoices,
  'write-invoice': writeInvoice,
  ...own,
} satisfies Contracts;
