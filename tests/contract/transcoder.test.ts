import { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { describe, expect, test } from '@jest/globals';
import { mediaConvertTranscoder } from '../../job-types/transcode-video/adapter.ts';
import { ServiceBusyError } from '../../shared/job/remote.ts';
import { remoteClientSettings } from '../../shared/job/remote-errors.ts';
import { tenantKeyOf } from '../../shared/job/tenant-key.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { anId } from '../set-ups/samples.ts';
import { inMemoryTranscoder, transcodeQueue, transcodeRole } from '../stand-ins/in-memory-transcoder.ts';
import { MediaConvert } from '../stand-ins/media-convert.ts';
import { startMediaConvert } from '../stand-ins/media-convert-server.ts';
import { aCall, describeTranscoder } from './transcoder.contract.ts';

const settings = { role: transcodeRole, queue: transcodeQueue, bucket: 'bucket' };
const transcoderAt = (endpoint: string) => {
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
  const client = new MediaConvertClient({
    ...remoteClientSettings,
    endpoint,
    region: 'eu-central-1',
    credentials,
  });
  return { client, transcoder: mediaConvertTranscoder(client, settings) };
};

async function overHttp(model: MediaConvert) {
  const server = await startMediaConvert(model);
  const { client, transcoder } = transcoderAt(server.endpoint);
  const stop = async () => {
    client.destroy();
    await server.stop();
  };
  return { transcoder, stop };
}

describe('a transcoder in memory', () => {
  describeTranscoder(async (model) => ({ transcoder: inMemoryTranscoder(model), stop: async () => {} }));
});

describe("a transcoder of MediaConvert, with AWS's client over HTTP", () => {
  describeTranscoder(overHttp);

  test('writes files with names of their own into the results of the job', async () => {
    let now = t0;
    const model = new MediaConvert({ now: () => now });
    const { transcoder, stop } = await overHttp(model);
    const remoteId = await transcoder.start(aCall());
    const destination = `s3://bucket/results/${tenantKeyOf('a tenant')}/a job/${anId(1)}/video`;
    expect(model.jobs[0]?.settings).toMatchObject({
      inputs: [{ fileInput: 's3://bucket/uploads/a video' }],
      outputGroups: [
        {
          outputGroupSettings: { fileGroupSettings: { destination } },
          outputs: [
            { preset: 'Hd', nameModifier: '-1-Hd', extension: 'mp4' },
            { preset: 'Sd', nameModifier: '-2-Sd', extension: 'mp4' },
          ],
        },
      ],
    });
    now += 120_000;
    expect(await transcoder.poll({ ...aCall(), remoteId })).toMatchObject({
      result: { outputs: [{ uri: `${destination}-1-Hd.mp4` }, { uri: `${destination}-2-Sd.mp4` }] },
    });
    await stop();
  });

  test('looks through the pages of its queue, newest first, no further than the intent', async () => {
    let now = t0;
    const model = new MediaConvert({ now: () => now });
    const { transcoder, stop } = await overHttp(model);
    const add = (token: string) =>
      model.create({ queue: transcodeQueue, role: transcodeRole, userMetadata: { token }, settings: {} }).id;
    for (let older = 0; older < 50; older += 1) add(`older-${older}`);
    now += 3_600_000;
    const wanted = add(anId(1));
    for (let newer = 0; newer < 45; newer += 1) add(`newer-${newer}`);
    now += 60_000;
    expect(await transcoder.find({ ...aCall(1), since: t0 + 3_600_000 })).toBe(wanted);
    expect(model.pages).toBe(3);
    expect(await transcoder.find({ ...aCall(2), since: t0 + 3_600_000 })).toBeUndefined();
    expect(model.pages).toBe(6);
    await stop();
  });

  test('is busy if it cannot be reached', async () => {
    const { client, transcoder } = transcoderAt('http://127.0.0.1:1');
    await expect(transcoder.start(aCall())).rejects.toThrow(ServiceBusyError);
    client.destroy();
  });
});
