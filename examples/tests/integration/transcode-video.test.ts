import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { eventually } from '../../../tests/integration/eventually.ts';
import { type System, startSystem } from '../../../tests/integration/system.ts';
import { captureConsole } from '../../../tests/set-ups/captured-console.ts';
import type { JsonServer } from '../../../tests/stand-ins/json-server.ts';
import { transcodeQueue, transcodeRole } from '../stand-ins/in-memory-transcoder.ts';
import { MediaConvert } from '../stand-ins/media-convert.ts';
import { startMediaConvert } from '../stand-ins/media-convert-server.ts';
import { useSamples } from '../use-samples.ts';

useSamples();
const captured = captureConsole();
const model = new MediaConvert({ now: () => Date.now() }, { submittedSeconds: 1, progressingSeconds: 3 });
let mediaConvert: JsonServer;
let system: System;
beforeAll(async () => {
  mediaConvert = await startMediaConvert(model);
  system = await startSystem({
    environment: {
      AWS_ENDPOINT_URL_MEDIACONVERT: mediaConvert.endpoint,
      SETUP: 'transcodeRole transcodeQueue',
      TRANSCODE_ROLE: transcodeRole,
      TRANSCODE_QUEUE: transcodeQueue,
    },
  });
  system.start();
});
afterAll(async () => {
  await system?.stop();
  await mediaConvert?.stop();
  captured.restore();
});

describe('videos, and what is not set up', () => {
  /** The bytes are not sent: MediaConvert reads them, and not the job. */
  async function anUpload(): Promise<string> {
    const body = JSON.stringify({ bytes: 1, contentType: 'video/mp4' });
    const answer = await system.call('POST', '/uploads', { body });
    return z.object({ object: z.string() }).parse(JSON.parse(answer.body)).object;
  }
  const submit = async () =>
    system.submit('transcode-video', { video: await anUpload(), outputs: [{ preset: 'Hd' }] });
  const jobOf = (id: string) => model.jobs.filter(({ userMetadata }) => userMetadata.job === id);

  test('a video is transcoded by one job of MediaConvert, while no function runs', async () => {
    const { id } = await submit();
    const job = await system.finished(id);
    expect(job).toMatchObject({
      status: 'succeeded',
      attempt: 1,
      result: { outputs: [{ preset: 'Hd', uri: expect.stringContaining(`/${id}/`), width: 1280 }] },
    });
    expect(job.slices).toBeGreaterThan(0);
    expect(jobOf(id)).toHaveLength(1);
    await system.drained('long');
  });

  test('a cancel of a sleeping job ends its job in MediaConvert, before the job is canceled', async () => {
    const { id } = await submit();
    await eventually(
      async () => ((await system.get(id)).status === 'waiting' ? true : undefined),
      'it to sleep',
    );
    await system.call('POST', `/jobs/${id}/cancel`);
    const job = await system.finished(id);
    expect(job.status).toBe('canceled');
    expect(jobOf(id).map(({ status }) => status)).toEqual(['CANCELED']);
    await system.drained('long');
  });

  test('a job of a service that the stage has not set up is refused', async () => {
    const payload = { objects: [await anUpload()], groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] };
    const body = JSON.stringify({ type: 'emr-aggregate', payload });
    const answer = await system.call('POST', '/jobs', { body });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body).toContain('it has no emrApplication, emrRole');
  });
});
