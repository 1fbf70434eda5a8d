import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Transcoder } from '../../job-types/transcode-video/handler.ts';
import { ServiceBusyError } from '../../shared/job/remote.ts';
import { ServiceRefusedError } from '../../shared/job/remote-errors.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { anId } from '../set-ups/samples.ts';
import { transcodeQueue, transcodeRole } from '../stand-ins/in-memory-transcoder.ts';
import { MediaConvert, MediaConvertError } from '../stand-ins/media-convert.ts';

export interface TranscoderUnderTest {
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
export const aCall = (number = 1) => ({
  ...{ payload, id: 'a job', tenant: 'a tenant', token: anId(number) },
  signal: new AbortController().signal,
});

/** What every transcoder does, whatever it is made of. */
export function describeTranscoder(start: (model: MediaConvert) => Promise<TranscoderUnderTest>): void {
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
