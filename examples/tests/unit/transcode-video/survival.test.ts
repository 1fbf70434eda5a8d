import { describe, expect, it } from '@jest/globals';
import { hasSucceeded } from '../../../../shared/domain/state/transitions.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { anyNumber, type Outside, type OutsideClock } from '../../../../testkit/effects.ts';
import { uploadedObject } from '../../../../testkit/objects.ts';
import type { RemoteEffects } from '../../../../testkit/remote-stand-in.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { transcodeVideo as contract } from '../../../transcode-video/contract.ts';
import {
  type TranscodePayload,
  type TranscodeResult,
  type Transcoder,
  transcodeVideo,
} from '../../../transcode-video/handler.ts';
import { inMemoryTranscoder } from '../../stand-ins/in-memory-transcoder.ts';
import { MediaConvert } from '../../stand-ins/media-convert.ts';

type Settings = ConstructorParameters<typeof MediaConvert>[1];

/** MediaConvert, as the kit gives it to a handler. In the end it must have one job, or none that still runs. */
const transcoding =
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

const type = { contract, handlerWith: transcodeVideo };
const payload = { video: uploadedObject('a.mov'), outputs: [{ preset: 'Hd' }, { preset: 'Sd' }] };

/** The files of a second start, after a cancel and a retry, are named by another token. */
const withoutToken = (result: unknown) =>
  JSON.stringify(result).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '');

describe('transcode-video', () => {
  it('says where the files are', async () => {
    const { result, progress } = await runJob(type, payload, { outside: transcoding() });
    expect(result?.outputs.map(({ preset, width }) => [preset, width])).toEqual([
      ['Hd', 1280],
      ['Sd', 1280],
    ]);
    expect(progress.at(-1)?.message).toBe('progressing');
  });

  it("fails with MediaConvert's words", async () => {
    const { status, attempts, error } = await runJob(type, payload, {
      outside: transcoding({ failsWith: 'no video' }),
    });
    expect([status, attempts, error?.message]).toEqual(['failed', 1, 'no video']);
  });

  it('has one job in MediaConvert, wherever it is cut, and none that outlives it', async () => {
    await cutEverywhere(type, payload, {
      outside: transcoding({ listingLagSeconds: 59 }),
      sameResult: (one, other) => withoutToken(one) === withoutToken(other),
    });
  });
});
