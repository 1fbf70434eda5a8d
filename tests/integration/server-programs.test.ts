import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ChildSystem } from '../../local/system/child-system.ts';
import { uploadResponse } from '../../shared/http/requests/upload-request.ts';
import { type JobResponse, jobResponse } from '../../shared/http/responses/job-response.ts';
import { startLocalSystem } from '../system/start-system.ts';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import { finished, readJob } from './killed-system.ts';
import { killServers, type ServerProcess, startServer } from './server-process.ts';

const hold = useHolds();
let system: ChildSystem;
let server: ServerProcess;
beforeAll(async () => {
  system = await startLocalSystem({ leaseSeconds: 4 });
  server = await startServer(system, ['--concurrency', '2']);
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

/** Uploads a text, and has its lines sorted by a program that may wait first. */
async function sort(
  text: string,
  waits: { seconds?: number; heldBy?: string } = {},
  more: { startBefore?: string } = {},
): Promise<JobResponse> {
  const order = { bytes: Buffer.byteLength(text), contentType: 'text/plain' };
  const { object, upload } = uploadResponse.parse(await post('/uploads', order));
  const { 'content-length': _, ...headers } = upload.headers;
  expect((await fetch(upload.url, { method: 'PUT', headers, body: text })).status).toBe(200);
  return jobResponse.parse(
    await post('/jobs', { type: 'sort-lines', payload: { objects: [object], ...waits }, ...more }),
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

test('what a handler prints as JSON makes no metrics, and has the id of no other job', async () => {
  const { id } = await sort('a\n');
  await finished(system, id);
  await eventually(async () => server.output().includes(`{"printed":"${id}"}`) || undefined, 'the print');
  expect(server.output()).not.toMatch(/_aws":|of another/);
});

test('a cancel ends the program', async () => {
  const { id } = await sort('a\n', { heldBy: hold().heldBy });
  await running(id);
  await post(`/jobs/${id}/cancel`);
  expect(await finished(system, id)).toMatchObject({ status: 'canceled', attempt: 1 });
});

test('after a SIGKILL of its server, another server begins anew', async () => {
  const { heldBy, release } = hold();
  const { id } = await sort('b\na\n', { heldBy });
  await running(id);
  await killServers();
  await release();
  await startServer(system);
  const job = await finished(system, id);
  // A server has several jobs: the first time, the crash of its process may be another job's fault.
  expect(job).toMatchObject({ status: 'succeeded', attempt: 1, result: { bytes: 4 } });
  expect(job.history.map(({ event }) => event)).toEqual(['started', 'crashed', 'started', 'succeeded']);
});

/** A disk that a test can fill. Who may not mount gets a folder that nobody may write to any more. */
function aDisk() {
  const folder = mkdtempSync(join(tmpdir(), 'disk-'));
  if (process.getuid?.() !== 0)
    return {
      folder,
      fill: () => chmodSync(folder, 0o500),
      clear: () => chmodSync(folder, 0o700),
      remove: () => rmSync(folder, { recursive: true }),
    };
  const options = 'size=2m,nr_inodes=16,mode=777';
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  return {
    folder,
    fill(): void {
      const fill = () => {
        for (let file = 0; ; file += 1) writeFileSync(join(folder, `fill-${file}`), Buffer.alloc(2 ** 18));
      };
      expect(fill).toThrow('ENOSPC');
      // A folder needs no space, but a name.
      const names = () => {
        for (;;) mkdtempSync(join(folder, 'fill-'));
      };
      expect(names).toThrow('ENOSPC');
    },
    clear: () => execFileSync('sh', ['-c', 'rm -r "$0"/fill-*', folder]),
    remove(): void {
      execFileSync('umount', ['--lazy', folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

test('of three servers, one with a full disk fails no job, says so, and takes jobs again when there is room', async () => {
  const disk = aDisk();
  try {
    await startServer(system);
    const bad = await startServer(system, ['--concurrency', '4'], {
      environment: { TMPDIR: disk.folder },
    });
    disk.fill();
    const jobs = await Promise.all(Array.from({ length: 8 }, () => sort('b\na\n', { seconds: 1 })));
    const ends = await Promise.all(jobs.map(({ id }) => finished(system, id)));
    expect(ends.map(({ status, attempt }) => ({ status, attempt }))).toEqual(
      ends.map(() => ({ status: 'succeeded', attempt: 1 })),
    );
    expect(ends.flatMap(({ history }) => history).filter(({ event }) => event === 'retrying')).toEqual([]);
    expect(await bad.ready()).toMatchObject({ status: 503, ill: { of: 'disk' } });
    expect(bad.output()).toMatch(/"message":"server is ill".*"of":"disk"/);
    disk.clear();
    await eventually(async () => (await bad.ready()).status === 200 || undefined, 'the server to be well');
    expect(bad.output()).toMatch(/"message":"server is well".*"of":"disk"/);
  } finally {
    await killServers();
    disk.remove();
  }
});

test('of two servers, one whose clock is ten minutes ahead starts no job, and fails none for coming late', async () => {
  try {
    const ahead = `--import=${new URL('./clock-ahead.ts?aheadMs=600000', import.meta.url)}`;
    const bad = await startServer(system, ['--concurrency', '8'], {
      environment: { NODE_OPTIONS: ahead },
      status: 503,
    });
    // Until it has examined itself it is not ready either.
    const sick = await eventually(async () => {
      const answer = await bad.ready();
      return 'ill' in answer ? answer : undefined;
    }, 'the server to be ill');
    expect(sick).toMatchObject({
      running: 0,
      ill: { of: 'clock', why: expect.stringMatching(/^the clock is (599|600) s ahead of that of AWS$/) },
    });
    // By the clock of the bad one it is past.
    const startBefore = new Date(Date.now() + 540_000).toISOString();
    const jobs = await Promise.all(Array.from({ length: 4 }, () => sort('b\na\n', {}, { startBefore })));
    await startServer(system);
    const ends = await Promise.all(jobs.map(({ id }) => finished(system, id)));
    expect(ends.map(({ status }) => status)).toEqual(ends.map(() => 'succeeded'));
  } finally {
    await killServers();
  }
});
