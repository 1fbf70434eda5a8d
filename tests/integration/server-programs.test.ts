import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ChildSystem } from '../../local/child-system.ts';
import { type JobResponse, jobResponse } from '../../shared/http/job-response.ts';
import { uploadResponse } from '../../shared/http/upload-request.ts';
import { startLocalSystem } from '../system/start-system.ts';
import { eventually } from './eventually.ts';
import { finished, readJob } from './killed-system.ts';
import { killServers, startServer } from './server-process.ts';

let system: ChildSystem;
beforeAll(async () => {
  system = await startLocalSystem({ leaseSeconds: 4 });
  await startServer(system, ['--concurrency', '2']);
});
afterAll(async () => {
  await killServers();
  await system?.stop();
});

async function post(path: string, body?: object): Promise<unknown> {
  const response = await fetch(system.address + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return response.json();
}

/** Uploads a text, and has its lines sorted by a program that waits first. */
async function sort(text: string, seconds = 0): Promise<JobResponse> {
  const order = { bytes: Buffer.byteLength(text), contentType: 'text/plain' };
  const { object, upload } = uploadResponse.parse(await post('/uploads', order));
  const { 'content-length': _, ...headers } = upload.headers;
  expect((await fetch(upload.url, { method: 'PUT', headers, body: text })).status).toBe(200);
  return jobResponse.parse(
    await post('/jobs', { type: 'sort-lines', payload: { objects: [object], seconds } }),
  );
}

const running = (id: string) =>
  eventually(async () => {
    const { status, progress } = await readJob(system, id);
    return (status === 'running' && progress?.message === 'sorting') || undefined;
  }, `the program of job ${id} to run`);

test('what a program makes of an upload is the result of a job', async () => {
  const { id } = await sort('b\na\nc\n');
  expect(await finished(system, id)).toMatchObject({
    status: 'succeeded',
    attempt: 1,
    result: { bytes: 6 },
    resultObject: { contentType: 'text/plain' },
  });
  expect(await (await fetch(`${system.address}/jobs/${id}/result`)).text()).toBe('a\nb\nc\n');
});

test('a cancel ends the program', async () => {
  const { id } = await sort('a\n', 600);
  await running(id);
  await post(`/jobs/${id}/cancel`);
  expect(await finished(system, id)).toMatchObject({ status: 'canceled', attempt: 1 });
});

test('after a SIGKILL of its server, another server begins anew', async () => {
  const { id } = await sort('b\na\n', 4);
  await running(id);
  await killServers();
  await startServer(system);
  const job = await finished(system, id);
  // A server has several jobs: the first time, the crash of its process may be another job's fault.
  expect(job).toMatchObject({ status: 'succeeded', attempt: 1, result: { bytes: 4 } });
  expect(job.history.map(({ event }) => event)).toEqual(['started', 'crashed', 'started', 'succeeded']);
});
