import { standardHandlers as own } from '../../job-types/handlers/standard.ts';
import type { HandlersOf } from '../../shared/author/index.ts';
import { pretendedPayments } from '../approve-order/adapter.ts';
import { approveOrder } from '../approve-order/handler.ts';
import type { contracts } from '../contracts.ts';
import { csvAggregate } from '../csv-aggregate/handler.ts';
import { importBook } from '../import-book/handler.ts';
import { importPage } from '../import-book/page-handler.ts';
import { sendInvoices } from '../send-invoices/handler.ts';
import { writeInvoice } from '../send-invoices/invoice-handler.ts';

export const standardHandlers: HandlersOf<typeof contracts, 'standard'> = {
  'approve-order': approveOrder(pretendedPayments),
  'csv-aggregate': csvAggregate,
  'import-book': importBook,
  'import-page': importPage,
  'send-invoices': sendInvoices,
  'write-invoice': writeInvoice,
  ...own,
};
