import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { JobResponse } from '../../shared/http/responses/job-response.ts';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import { callForAll, finished, readJob, start, submit } from './killed-system.ts';

const withoutPort = ({ pageUrl = '', ...job }: JobResponse) => ({
  ...job,
  statusUrl: new URL(job.statusUrl).pathname,
  pageUrl: new URL(pageUrl).pathname + new URL(pageUrl).search,
});

const hold = useHolds();
const payloadOf = (index: number) => ({ seconds: index % 4, ...(index % 3 === 0 ? { failFirst: 1 } : {}) });

test('each of 50 jobs ends once if a SIGKILL ends all processes while they run', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
  const first = await start(dataDir);
  const { heldBy, release } = hold();
  const payloads = Array.from({ length: 50 }, (_, index) =>
    index === 47 ? { ...payloadOf(index), heldBy } : payloadOf(index),
  );
  const jobs = await callForAll(payloads, (payload) => submit(first, payload));
  // One does not end before the kill, however late this machine sees that another one has ended.
  const before = await eventually(async () => {
    const read = await callForAll(jobs, ({ id }) => readJob(first, id));
    return read.some(({ status }) => status === 'succeeded') ? read : undefined;
  }, 'a job to succeed');
  await first.kill();
  await release();

  const statuses = new Set(before.map(({ status }) => status));
  expect([...statuses]).toContain('succeeded');
  expect([...statuses].some((status) => status === 'running' || status === 'queued')).toBe(true);

  const second = await start(dataDir);
  for (const [index, { id }] of jobs.entries()) {
    const job = await finished(second, id);
    expect(job).toMatchObject({ status: 'succeeded', result: { seconds: index % 4 } });
    expect(job.history.filter(({ event }) => event === 'succeeded')).toHaveLength(1);
    const earlier = before[index];
    if (earlier?.status === 'succeeded')
      // The port of the second start is another one.
      expect(withoutPort(job)).toEqual(withoutPort(earlier));
  }
  await second.stop();
  const kept = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const modes = kept.map(async (each) => {
    const { mode } = await stat(join(each.parentPath, each.name));
    return (mode & 0o777) === (each.isDirectory() ? 0o700 : 0o600) ? [] : [each.name];
  });
  expect(kept.some((each) => each.isFile())).toBe(true);
  // Other users of the machine: payloads and results are in these files.
  expect((await Promise.all(modes)).flat()).toEqual([]);
  await rm(dataDir, { recursive: true });
});
