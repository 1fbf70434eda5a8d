import type { HandlersOf } from '../../shared/job/handler.ts';
import { bulkAction, type JobActions } from '../bulk-action/handler.ts';
import type { contracts } from '../contracts.ts';
import { countdown } from '../countdown/handler.ts';
import { type Mailing, sendEmail } from '../send-email/handler.ts';

/** What handlers of the long queue are given, beside what every handler has. */
interface Dependencies {
  readonly jobActions: JobActions;
  readonly mailing: Mailing;
}

/** The handlers of all types that run from the long queue. */
export const longHandlers = (given: Dependencies): HandlersOf<typeof contracts, 'long'> => ({
  countdown,
  'bulk-action': bulkAction(given.jobActions),
  'send-email': sendEmail(given.mailing),
});
