import { describe, expect, it } from '@jest/globals';
import { transcodeVideo as contract } from '../../../../job-types/transcode-video/contract.ts';
import { transcodeVideo } from '../../../../job-types/transcode-video/handler.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { uploadedObject } from '../../../../testkit/objects.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { transcoding } from '../../../fakes/transcoding.ts';

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
