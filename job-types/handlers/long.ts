import type { HandlersOf, ObjectStore } from '../../shared/author/index.ts';
import type { contracts } from '../contracts.ts';
import { type Mailing, sendEmail } from '../send-email/handler.ts';

/** What handlers of the long queue are given, beside what every handler has. */
export interface LongDependencies {
  readonly mailing: Mailing;
  /** What `settingsOf` reads. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The stage's bucket. */
  readonly objects: Pick<ObjectStore, 'read'>;
}

/** The handlers of all types that run from the long queue. */
export const longHandlers = (given: LongDependencies): HandlersOf<typeof contracts, 'long'> => ({
  'send-email': sendEmail(given.mailing),
});
