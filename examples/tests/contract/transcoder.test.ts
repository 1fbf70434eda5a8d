import { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ServiceBusyError } from '../../../shared/author/remote.ts';
import { remoteClientSettings, ServiceRefusedError } from '../../../shared/author/remote-errors.ts';
import { tenantKeyOf } from '../../../shared/domain/base/tenant-key.ts';
import { t0 } from '../../../testkit/fakes/fixed.ts';
import { anId } from '../../../tests/set-ups/samples.ts';
import { mediaConvertTranscoder } from '../../transcode-video/adapter.ts';
import type { Transcoder } from '../../transcode-video/handler.ts';
import { inMemoryTranscoder, transcodeQueue, transcodeRole } from '../stand-ins/in-memory-transcoder.ts';
import { MediaConvert, MediaConvertError } from '../stand-ins/media-convert.ts';
import { startMediaConvert } from '../stand-ins/media-convert-server.ts';

interface TranscoderUnderTest {
  readonly transcoder: Transcoder;
  stop(): Promise<void>;
}

const payload = {
  video: 'uploads/a video',
  outputs: [
    { preset: 'Hd', extension: 'mp4' },
    { preset: 'Sd', extension: 'mp4' },
  ],
};
const aCall = (number = 1) => ({
  ...{ payload, id: 'a job', tenant: 'a tenant', token: anId(number) },
  signal: new AbortController().signal,
});

/** What every transcoder does, whatever it is made of. */
function describeTranscoder(start: (model: MediaConvert) => Promise<TranscoderUnderTest>): void {
  let now: number;
  let model: MediaConvert;
  let stop: () => Promise<void>;
  let transcoder: Transcoder;
  const open = async (settings = {}) => {
    model = new MediaConvert({ now: () => now }, settings);
    ({ transcoder, stop } = await start(model));
  };
  beforeEach(() => {
    now = t0;
  });
  afterEach(() => stop());
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  const poll = (remoteId: string) => transcoder.poll({ ...aCall(), remoteId });
  const find = (number: number) => transcoder.find({ ...aCall(number), since: t0 });

  describe('a job that is started', () => {
    test('shows how far it is, and then its result', async () => {
      await open();
      const id = await transcoder.start(aCall());
      expect(await poll(id)).toMatchObject({ kind: 'running', percent: 0 });
      pass(60);
      expect(await poll(id)).toMatchObject({ kind: 'running', percent: 50 });
      pass(60);
      const status = await poll(id);
      expect(status).toMatchObject({
        kind: 'succeeded',
        result: {
          outputs: [{ preset: 'Hd', durationMs: 60_000, width: 1280, height: 720 }, { preset: 'Sd' }],
        },
      });
    });

    test('is found by its token, when the list has it', async () => {
      await open();
      const id = await transcoder.start(aCall(1));
      await transcoder.start(aCall(2));
      expect(await find(1)).toBeUndefined();
      pass(30);
      expect(await find(1)).toBe(id);
      expect(await find(3)).toBeUndefined();
    });

    test('is the same one for a minute, if it is started again with its token', async () => {
      await open();
      const id = await transcoder.start(aCall());
      pass(59);
      expect(await transcoder.start(aCall())).toBe(id);
      pass(1);
      expect(await transcoder.start(aCall())).not.toBe(id);
    });

    test("fails with MediaConvert's words", async () => {
      await open({ failsWith: 'no video in the input' });
      const id = await transcoder.start(aCall());
      pass(120);
      expect(await poll(id)).toEqual({
        kind: 'failed',
        error: expect.stringContaining('no video in the input'),
      });
    });

    test('can be canceled, also if it has ended already', async () => {
      await open();
      const canceled = await transcoder.start(aCall(1));
      await transcoder.cancel({ ...aCall(1), remoteId: canceled });
      expect(await poll(canceled)).toMatchObject({ kind: 'failed' });
      await transcoder.cancel({ ...aCall(1), remoteId: canceled });
      const done = await transcoder.start(aCall(2));
      pass(120);
      await transcoder.cancel({ ...aCall(2), remoteId: done });
      expect(await poll(done)).toMatchObject({ kind: 'succeeded' });
    });

    test('is sent to the queue with the role, and with the job as its metadata', async () => {
      await open();
      await transcoder.start(aCall());
      expect(model.jobs).toEqual([
        expect.objectContaining({
          queue: transcodeQueue,
          role: transcodeRole,
          clientRequestToken: anId(1),
          userMetadata: { job: 'a job', token: anId(1) },
        }),
      ]);
    });
  });

  describe('a service that refuses', () => {
    test.each([
      ['TooManyRequestsException', 429],
      ['InternalServerErrorException', 500],
    ])('with %s is busy', async (name, status) => {
      await open();
      // The SDK tries twice.
      const errors = [1, 2].map(() => new MediaConvertError(name, status, 'later'));
      model.refuse(...errors);
      await expect(transcoder.start(aCall())).rejects.toThrow(ServiceBusyError);
      expect(model.jobs).toEqual([]);
    });

    test.each([
      ['ForbiddenException', 403],
      ['BadRequestException', 400],
    ])('with %s refuses for good', async (name, status) => {
      await open();
      model.refuse(new MediaConvertError(name, status, 'no'));
      await expect(transcoder.start(aCall())).rejects.toThrow(ServiceRefusedError);
    });

    test('does so by saying that a job has failed that it does not know', async () => {
      await open();
      expect(await poll('unknown')).toMatchObject({ kind: 'failed' });
    });
  });
}

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
