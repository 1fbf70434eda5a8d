import type {
  TranscodePayload,
  TranscodeResult,
  Transcoder,
} from '../../job-types/transcode-video/handler.ts';
import { hasSucceeded } from '../../shared/job/transitions.ts';
import { anyNumber, type Outside, type OutsideClock } from '../../testkit/effects.ts';
import type { RemoteEffects } from '../../testkit/remote-stand-in.ts';
import { MediaConvert } from '../stand-ins/media-convert.ts';
import { inMemoryTranscoder } from './in-memory-transcoder.ts';

type Settings = ConstructorParameters<typeof MediaConvert>[1];

/** MediaConvert, as the kit gives it to a handler. In the end it must have one job, or none that still runs. */
export const transcoding =
  (settings: Settings = {}) =>
  (clock: OutsideClock): Outside<RemoteEffects<TranscodePayload, TranscodeResult>> => {
    const model = new MediaConvert(clock, settings);
    const transcoder: Transcoder = inMemoryTranscoder(model);
    return {
      effects: {
        find: anyNumber(transcoder.find),
        start: anyNumber(transcoder.start),
        poll: anyNumber(transcoder.poll),
        cancel: anyNumber(transcoder.cancel),
      },
      fault: (status) => {
        const left = model.jobs.filter((job) => job.status !== 'CANCELED');
        if (left.length > 1) return `MediaConvert has ${left.length} jobs`;
        if (hasSucceeded(status)) return left.length === 1 ? undefined : 'MediaConvert has no job';
        const running = left.find((job) => ['SUBMITTED', 'PROGRESSING'].includes(job.status));
        return running && `the job is ${status}, and in MediaConvert it is ${running.status}`;
      },
    };
  };
