import type { HandlersOf, ObjectStore } from '../../shared/author/index.ts';
import { bulkAction, type JobActions } from '../bulk-action/handler.ts';
import type { contracts } from '../contracts.ts';
import { type Mailing, sendEmail } from '../send-email/handler.ts';

/** What handlers of the long queue are given, beside what every handler has. */
export interface LongDependencies {
  readonly jobActions: JobActions;
  readonly mailing: Mailing;
  /** What a stage has set up, by the name of its parameter (infra/setup.yml): '' if it has not. */
  readonly setup: (name: string) => string;
  /** The stage's bucket, by its name and as a store. */
  readonly bucket: string;
  readonly objects: Pick<ObjectStore, 'read'>;
}

/** The handlers of all types that run from the long queue. */
export const longHandlers = (given: LongDependencies): HandlersOf<typeof contracts, 'long'> => ({
  'bulk-action': bulkAction(given.jobActions),
  'send-email': sendEmail(given.mailing),
});
