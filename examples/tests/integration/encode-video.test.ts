import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ChildSystem } from '../../../local/system/child-system.ts';
import { uploadResponse } from '../../../shared/http/requests/upload-request.ts';
import { type JobResponse, jobResponse } from '../../../shared/http/responses/job-response.ts';
import { eventually } from '../../../tests/integration/eventually.ts';
import { finished, readJob } from '../../../tests/integration/killed-system.ts';
import { killServers, startServer } from '../../../tests/integration/server-process.ts';
import { startLocalSystem } from '../../../tests/system/start-system.ts';
import { aClip, describeWithFfmpeg } from '../unit/encode-video/clips.ts';
import { useSamples } from '../use-samples.ts';

useSamples();

let folder: string;
let system: ChildSystem;

async function post(path: string, body?: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(system.address + path, {
    method: 'POST',
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer: unknown = await response.json();
  expect({ isOk: response.ok, answer }).toMatchObject({ isOk: true });
  return answer;
}

/** Uploads a file, and has it encoded. */
async function encode(file: Uint8Array, options: object = {}): Promise<JobResponse> {
  const contentType = 'video/mp4';
  const answer = await post('/uploads', { bytes: file.length, contentType });
  const { object, upload } = uploadResponse.parse(answer);
  const { 'content-length': _, ...headers } = upload.headers;
  const body = new Blob([Uint8Array.from(file)]);
  expect((await fetch(upload.url, { method: 'PUT', headers, body })).status).toBe(200);
  return jobResponse.parse(await post('/jobs', { type: 'encode-video', payload: { object, ...options } }));
}

/** Waits until ffmpeg has encoded some of it. */
const inTheMiddle = (id: string) =>
  eventually(async () => {
    const { progress, status } = await readJob(system, id);
    if (status !== 'running') return undefined;
    return progress?.message?.includes('encoded') || undefined;
  }, `job ${id} to be in the middle`);

const foldersOfJobs = async () => (await readdir(folder)).filter((name) => name.startsWith('job-'));

describeWithFfmpeg('encode-video, on a worker server', () => {
  const aLongClip = () => aClip({ seconds: 10, size: '640x360' });
  const slowly = { height: 1080, quality: 'high' };
  const { TMPDIR } = process.env;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'encoding-'));
    system = await startLocalSystem({ leaseSeconds: 4 });
    // Of the servers.
    process.env.TMPDIR = folder;
    await startServer(system, ['--concurrency', '2']);
  });
  afterAll(async () => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    killServers();
    await system?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('a clip becomes a smaller one, which is the result', async () => {
    const { id } = await encode(aClip(), { height: 144 });
    const job = await finished(system, id);
    expect(job).toMatchObject({
      status: 'succeeded',
      attempt: 1,
      progress: { percent: 100 },
      result: { width: 192, height: 144 },
      resultObject: { contentType: 'video/mp4' },
    });
    const video = Buffer.from(await (await fetch(`${system.address}/jobs/${id}/result`)).arrayBuffer());
    expect(video.subarray(4, 8).toString()).toBe('ftyp');
    expect(job.result).toMatchObject({ bytes: video.length });
    expect(await foldersOfJobs()).toEqual([]);
  });

  test("what is no video fails at once, with ffmpeg's last words", async () => {
    const { id } = await encode(Buffer.from('no video at all'));
    expect(await finished(system, id)).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { name: 'UnusableVideoError', message: 'source: Invalid data found when processing input' },
    });
    expect(await foldersOfJobs()).toEqual([]);
  });

  test('a cancel in the middle ends ffmpeg, and leaves no file', async () => {
    const { id } = await encode(aLongClip(), slowly);
    await inTheMiddle(id);
    await post(`/jobs/${id}/cancel`);
    expect(await finished(system, id)).toMatchObject({ status: 'canceled', attempt: 1 });
    expect(await foldersOfJobs()).toEqual([]);
  });

  test('after a SIGKILL of its server in the middle, another server encodes it from the beginning', async () => {
    const { id } = await encode(aLongClip(), slowly);
    await inTheMiddle(id);
    killServers();
    await eventually(
      async () => (await foldersOfJobs()).length === 0 || undefined,
      'its folder to be removed',
    );
    await startServer(system);
    const job = await finished(system, id);
    // A server has several jobs: the first time, the crash of its process may be another job's fault.
    expect(job).toMatchObject({ status: 'succeeded', attempt: 1, result: { width: 1920, height: 1080 } });
    expect(job.history.map(({ event }) => event)).toEqual(['started', 'crashed', 'started', 'succeeded']);
  });
});
