import { type LongDependencies, longHandlers as own } from '../../job-types/handlers/long.ts';
import { type HandlersOf, settingsOf } from '../../shared/author/index.ts';
import { pretendedPayments } from '../approve-order/adapter.ts';
import { approveOrder } from '../approve-order/handler.ts';
import type { contracts } from '../contracts.ts';
import { countdown } from '../countdown/handler.ts';
import { aggregatorOf } from '../emr-aggregate/adapter.ts';
import { emrAggregate } from '../emr-aggregate/handler.ts';
import { uses as emrUses } from '../emr-aggregate/uses.ts';
import { importBook } from '../import-book/handler.ts';
import { makeAlbum } from '../make-album/handler.ts';
import { transcoderOf } from '../transcode-video/adapter.ts';
import { transcodeVideo } from '../transcode-video/handler.ts';
import { uses as transcodeUses } from '../transcode-video/uses.ts';

export const longHandlers = (given: LongDependencies): HandlersOf<typeof contracts, 'long'> => {
  const { environment, objects } = given;
  return {
    'approve-order': approveOrder(pretendedPayments),
    countdown,
    'emr-aggregate': emrAggregate(aggregatorOf(settingsOf(emrUses, environment), objects)),
    'import-book': importBook,
    'make-album': makeAlbum,
    'transcode-video': transcodeVideo(transcoderOf(settingsOf(transcodeUses, environment))),
    ...own(given),
  };
};
