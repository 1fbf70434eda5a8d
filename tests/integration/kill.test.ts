import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { type ChildSystem, startChildSystem } from '../../local/child-system.ts';
import { type JobResponse, jobResponse } from '../../shared/contracts/job-response.ts';
import { eventually } from './system.ts';

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

async function submit({ address }: ChildSystem, payload: unknown): Promise<JobResponse> {
  const response = await fetch(`${address}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'countdown', payload }),
  });
  const answer: unknown = await response.json();
  expect({ status: response.status, answer }).toMatchObject({ status: 202 });
  return jobResponse.parse(answer);
}

/** A few at a time: every further one at once would be a cold start of its own on this machine. */
async function submitAll(system: ChildSystem, payloads: readonly unknown[]): Promise<JobResponse[]> {
  const jobs: JobResponse[] = [];
  for (let from = 0; from < payloads.length; from += 5)
    jobs.push(...(await Promise.all(payloads.slice(from, from + 5).map((each) => submit(system, each)))));
  return jobs;
}

const payloadOf = (index: number) => ({ seconds: index % 4, ...(index % 3 === 0 ? { failFirst: 1 } : {}) });

const finished = (system: ChildSystem, id: string): Promise<JobResponse> =>
  eventually(async () => {
    const state = await look(system, id);
    return state.finishedAt ? state : undefined;
  }, `job ${id} to finish`);

const look = async ({ address }: ChildSystem, id: string): Promise<JobResponse> =>
  jobResponse.parse(await (await fetch(`${address}/jobs/${id}`)).json());

test('50 jobs survive a SIGKILL of everything in their middle, and each ends once', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
  const first = await start(dataDir);
  const jobs = await submitAll(
    first,
    Array.from({ length: 50 }, (_, index) => payloadOf(index)),
  );
  await setTimeout(1_500);
  const before = await Promise.all(jobs.map(({ id }) => look(first, id)));
  await first.kill();

  const statuses = new Set(before.map(({ status }) => status));
  expect([...statuses]).toContain('succeeded');
  expect([...statuses].some((status) => status === 'running' || status === 'queued')).toBe(true);

  const second = await start(dataDir);
  for (const [index, { id }] of jobs.entries()) {
    const job = await finished(second, id);
    expect(job).toMatchObject({ status: 'succeeded', result: { seconds: index % 4 } });
    expect(job.history.filter(({ event }) => event === 'succeeded')).toHaveLength(1);
    if (before[index]?.status === 'succeeded')
      expect(job).toEqual({ ...before[index], statusUrl: job.statusUrl });
  }
  await second.stop();
  await rm(dataDir, { recursive: true });
});

test('ten long jobs in slices of a few seconds survive two SIGKILLs, and each counts right', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
  const seconds = 26;
  let system = await start(dataDir, 5);
  const jobs = await submitAll(
    system,
    Array.from({ length: 10 }, () => ({ seconds })),
  );
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
