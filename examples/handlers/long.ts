import { type LongDependencies, longHandlers as own } from '../../job-types/handlers/long.ts';
import type { HandlersOf } from '../../shared/author/index.ts';
import type { contracts } from '../contracts.ts';
import { countdown } from '../countdown/handler.ts';
import { aggregatorOf } from '../emr-aggregate/adapter.ts';
import { emrAggregate } from '../emr-aggregate/handler.ts';
import { transcoderOf } from '../transcode-video/adapter.ts';
import { transcodeVideo } from '../transcode-video/handler.ts';

export const longHandlers = (given: LongDependencies): HandlersOf<typeof contracts, 'long'> => {
  const { setup, bucket, objects } = given;
  const emr = { application: setup('emrApplication'), role: setup('emrRole'), bucket, objects };
  const mediaConvert = { role: setup('transcodeRole'), queue: setup('transcodeQueue'), bucket };
  return {
    countdown,
    'emr-aggregate': emrAggregate(aggregatorOf(emr)),
    'transcode-video': transcodeVideo(transcoderOf(mediaConvert)),
    ...own(given),
  };
};
