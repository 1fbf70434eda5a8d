import { bulkAction } from '../../job-types/bulk-action/contract.ts';
import { sendEmail } from '../../job-types/send-email/contract.ts';
import type { Contracts } from '../../shared/author/index.ts';
import { booking } from './booking/contract.ts';
import { contactSheet } from './contact-sheet/contract.ts';
import { counting } from './counting/contract.ts';
import { csvSums } from './csv-sums/contract.ts';
import { renderReport } from './render-report/contract.ts';
import { sortLines } from './sort-lines/contract.ts';

/** The job types of the engine and of its tests: what `#job-types/` stands for while tests run. */
export const contracts = {
  booking,
  'bulk-action': bulkAction,
  'contact-sheet': contactSheet,
  counting,
  'csv-sums': csvSums,
  'render-report': renderReport,
  'send-email': sendEmail,
  'sort-lines': sortLines,
} satisfies Contracts;
