import { bulkAction } from '../../../job-types/bulk-action/handler.ts';
import type { LongDependencies } from '../../../job-types/handlers/long.ts';
import { sendEmail } from '../../../job-types/send-email/handler.ts';
import type { HandlersOf } from '../../../shared/author/index.ts';
import type { contracts } from '../contracts.ts';
import { counting } from '../counting/handler.ts';
import { reportsAt } from '../render-report/adapter.ts';
import { renderReport } from '../render-report/handler.ts';

export const longHandlers = (given: LongDependencies): HandlersOf<typeof contracts, 'long'> => ({
  'bulk-action': bulkAction(given.jobActions),
  counting,
  'render-report': renderReport(reportsAt(given.setup('reports'))),
  'send-email': sendEmail(given.mailing),
});
