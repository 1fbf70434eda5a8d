import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { ChildSystem } from '../../../local/child-system.ts';
import { type JobResponse, jobResponse } from '../../../shared/http/job-response.ts';
import { uploadResponse } from '../../../shared/http/upload-request.ts';
import { eventually } from '../../../tests/integration/eventually.ts';
import { readJob } from '../../../tests/integration/killed-system.ts';
import { startLocalSystem } from '../../../tests/system/start-system.ts';
import { makeAlbum } from '../../make-album/contract.ts';
import { readJpeg } from '../../make-album/pictures.ts';
import { anAlbum, type ImageFile } from '../unit/make-album/images.ts';
import { useSamples } from '../use-samples.ts';

useSamples();

/** `npm run test:long` sets more. */
const count = Number(process.env.ALBUM ?? 20);
const timeoutMs = 60_000 + 1_000 * count;
const atATime = 10;

let system: ChildSystem;
beforeAll(async () => {
  system = await startLocalSystem({});
});
afterAll(() => system?.stop());

async function post(path: string, body: object): Promise<unknown> {
  const response = await fetch(system.address + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  expect({ isOk: response.ok, answer }).toMatchObject({ isOk: true });
  return answer;
}

async function upload({ content }: ImageFile): Promise<string> {
  const answer = await post('/uploads', { bytes: content.length, contentType: 'image/jpeg' });
  const { object, upload: request } = uploadResponse.parse(answer);
  const { 'content-length': _, ...headers } = request.headers;
  const body = new Blob([Uint8Array.from(content)]);
  expect((await fetch(request.url, { method: 'PUT', headers, body })).status).toBe(200);
  return object;
}

async function uploadAll(files: readonly ImageFile[]): Promise<readonly string[]> {
  const objects: string[] = [];
  for (let next = 0; next < files.length; next += atATime)
    objects.push(...(await Promise.all(files.slice(next, next + atATime).map(upload))));
  return objects;
}

const ended = (id: string): Promise<JobResponse> =>
  eventually(
    async () => {
      const job = await readJob(system, id);
      return ['succeeded', 'failed', 'canceled'].includes(job.status) ? job : undefined;
    },
    `job ${id} to end`,
    timeoutMs,
  );

test(
  `an album of ${count} images has one contact sheet, without those that cannot be read`,
  async () => {
    const files = anAlbum(count);
    const images = await uploadAll(files);
    const { id } = jobResponse.parse(await post('/jobs', { type: 'make-album', payload: { images } }));
    const job = await ended(id);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 1 });
    const answer: unknown = job.resultObject
      ? await (await fetch(`${system.address}/jobs/${id}/result`)).json()
      : job.result;
    const result = z.parse(makeAlbum.result, answer);
    const broken = files.flatMap(({ isBroken }, index) => (isBroken ? [index + 1] : []));
    expect(result.unreadable.map(({ image }) => image)).toEqual(broken);
    expect(result.unreadable.map(({ object }) => object)).toEqual(broken.map((at) => images[at - 1]));
    expect(result.images).toBe(count - broken.length);
    const sheet = readJpeg(Buffer.from(result.sheet, 'base64'));
    const columns = Math.ceil(Math.sqrt(result.images));
    expect([sheet.width, sheet.height]).toEqual([104 * columns, 104 * Math.ceil(result.images / columns)]);
  },
  timeoutMs,
);
