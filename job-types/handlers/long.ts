import type { HandlersOf } from '../../shared/author/index.ts';
import { bulkAction, type JobActions } from '../bulk-action/handler.ts';
import type { contracts } from '../contracts.ts';
import { countdown } from '../countdown/handler.ts';
import { type Aggregator, emrAggregate } from '../emr-aggregate/handler.ts';
import { type Mailing, sendEmail } from '../send-email/handler.ts';
import { type Transcoder, transcodeVideo } from '../transcode-video/handler.ts';

/** What handlers of the long queue are given, beside what every handler has. */
export interface LongDependencies {
  readonly jobActions: JobActions;
  readonly mailing: Mailing;
  readonly aggregator: Aggregator;
  readonly transcoder: Transcoder;
}

/** The handlers of all types that run from the long queue. */
export const longHandlers = (given: LongDependencies): HandlersOf<typeof contracts, 'long'> => ({
  countdown,
  'bulk-action': bulkAction(given.jobActions),
  'emr-aggregate': emrAggregate(given.aggregator),
  'send-email': sendEmail(given.mailing),
  'transcode-video': transcodeVideo(given.transcoder),
});
