import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { type ChildSystem, startChildSystem } from '../../local/child-system.ts';
import { type JobResponse, jobResponse } from '../../shared/http/job-response.ts';
import type { SubmitRequest } from '../../shared/http/submit-request.ts';
import { eventually } from './eventually.ts';
import { expectOneAfterTheOther, expectOneEnd } from './times.ts';

const running: ChildSystem[] = [];
afterAll(() => Promise.all(running.map((system) => system.stop())));

async function start(dataDir: string, longWorkerTimeout?: number): Promise<ChildSystem> {
  const system = await startChildSystem(AbortSignal.timeout(60_000), {
    dataDir,
    ...(longWorkerTimeout ? { longWorkerTimeout } : {}),
  });
  running.push(system);
  return system;
}

async function submit(
  { address }: ChildSystem,
  payload: unknown,
  options: Partial<SubmitRequest> = {},
): Promise<JobResponse> {
  const response = await fetch(`${address}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...options, type: 'countdown', payload }),
  });
  const answer: unknown = await response.json();
  expect({ status: response.status, answer }).toMatchObject({ status: 202 });
  return jobResponse.parse(answer);
}

/** Makes five calls at a time. On this machine every concurrent call would be another cold start. */
async function callForAll<Each, Result>(
  values: readonly Each[],
  call: (each: Each) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < values.length; from += 5)
    results.push(...(await Promise.all(values.slice(from, from + 5).map(call))));
  return results;
}

const withoutPort = (job: JobResponse) => ({
  ...job,
  statusUrl: new URL(job.statusUrl).pathname,
  pageUrl: new URL(job.pageUrl).pathname + new URL(job.pageUrl).search,
});

const payloadOf = (index: number) => ({ seconds: index % 4, ...(index % 3 === 0 ? { failFirst: 1 } : {}) });

const finished = (system: ChildSystem, id: string): Promise<JobResponse> =>
  eventually(async () => {
    const job = await readJob(system, id);
    return job.finishedAt ? job : undefined;
  }, `job ${id} to finish`);

/** Reads a job. A cold start may take longer than the function's timeout, and a client retries the call. */
const readJob = ({ address }: ChildSystem, id: string): Promise<JobResponse> =>
  eventually(async () => {
    const response = await fetch(`${address}/jobs/${id}`);
    const answer: unknown = await response.json();
    return response.ok ? jobResponse.parse(answer) : undefined;
  }, `job ${id} to be shown`);

test('each of 50 jobs ends once if a SIGKILL ends all processes while they run', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
  const first = await start(dataDir);
  const payloads = Array.from({ length: 50 }, (_, index) => payloadOf(index));
  const jobs = await callForAll(payloads, (payload) => submit(first, payload));
  await setTimeout(1_500);
  const before = await callForAll(jobs, ({ id }) => readJob(first, id));
  await first.kill();

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
  await rm(dataDir, { recursive: true });
});

test('ten long jobs that run in slices succeed after two SIGKILLs, with the right count', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
  const seconds = 26;
  const first = await start(dataDir, 5);
  let system = first;
  const jobs = await callForAll(Array.from({ length: 10 }), () => submit(first, { seconds }));
  for (let kills = 0; kills < 2; kills += 1) {
    await setTimeout(6_000);
    await system.kill();
    system = await start(dataDir, 5);
  }
  for (const { id } of jobs) {
    const job = await finished(system, id);
    expect(job).toMatchObject({ status: 'succeeded', result: { seconds }, progress: { percent: 100 } });
    expect(job.slices).toBeGreaterThanOrEqual(5);
    expect(job.history.filter(({ event }) => event === 'succeeded')).toHaveLength(1);
  }
  await system.stop();
  await rm(dataDir, { recursive: true });
});

test('a group keeps its order after a SIGKILL, and a dependent of its last job runs after it', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
  const first = await start(dataDir);
  const group: JobResponse[] = [];
  for (let index = 0; index < 10; index += 1)
    group.push(await submit(first, { seconds: 1, ...(index === 4 ? { failFirst: 1 } : {}) }, { group: 'g' }));
  const dependsOn = group.slice(-1).map(({ id }) => id);
  const dependent = await submit(first, { seconds: 0 }, { dependsOn });
  const delayed = await submit(first, { seconds: 0 }, { delaySeconds: 5 });
  await eventually(async () => {
    const current = await callForAll(group, ({ id }) => readJob(first, id));
    const statuses = current.map(({ status }) => status).slice(2);
    return (statuses.includes('running') && statuses.includes('queued')) || undefined;
  }, 'the middle of the group to run');
  await first.kill();

  const second = await start(dataDir);
  const jobs: JobResponse[] = [];
  for (const { id } of [...group, dependent, delayed]) jobs.push(await finished(second, id));
  for (const job of jobs) expectOneEnd(job);
  expect(jobs.map(({ status }) => status)).toEqual(jobs.map(() => 'succeeded'));
  expectOneAfterTheOther(jobs.slice(0, -1));
  await second.stop();
  await rm(dataDir, { recursive: true });
});
