import type { LongDependencies } from '../../../job-types/handlers/long.ts';
import { sendEmail } from '../../../job-types/send-email/handler.ts';
import { type HandlersOf, settingsOf } from '../../../shared/author/index.ts';
import { booking } from '../booking/handler.ts';
import { contactSheet } from '../contact-sheet/handler.ts';
import type { contracts } from '../contracts.ts';
import { counting } from '../counting/handler.ts';
import { reportsAt } from '../render-report/adapter.ts';
import { renderReport } from '../render-report/handler.ts';
import { uses as reportUses } from '../render-report/uses.ts';

export const longHandlers = (given: LongDependencies): HandlersOf<typeof contracts, 'long'> => ({
  booking,
  'contact-sheet': contactSheet,
  counting,
  'render-report': renderReport(reportsAt(settingsOf(reportUses, given.environment).REPORTS)),
  'send-email': sendEmail(given.mailing),
});
