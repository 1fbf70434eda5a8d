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

async function start(dataDir: string): Promise<ChildSystem> {
  const system = await startChildSystem(AbortSignal.timeout(60_000), { dataDir });
  running.push(system);
  return system;
}

async function submit({ address }: ChildSystem, seconds: number): Promise<JobResponse> {
  const payload = { seconds, ...(seconds % 3 === 0 ? { failFirst: 1 } : {}) };
  const response = await fetch(`${address}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'countdown', payload }),
  });
  expect(response.status).toBe(202);
  return jobResponse.parse(await response.json());
}

const look = async ({ address }: ChildSystem, id: string): Promise<JobResponse> =>
  jobResponse.parse(await (await fetch(`${address}/jobs/${id}`)).json());

test('50 jobs survive a SIGKILL of everything in their middle, and each ends once', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
  const first = await start(dataDir);
  const jobs = await Promise.all(Array.from({ length: 50 }, (_, index) => submit(first, index % 7)));
  await setTimeout(1_500);
  const before = await Promise.all(jobs.map(({ id }) => look(first, id)));
  await first.kill();

  const statuses = new Set(before.map(({ status }) => status));
  expect([...statuses]).toContain('succeeded');
  expect([...statuses].some((status) => status === 'running' || status === 'queued')).toBe(true);

  const second = await start(dataDir);
  for (const [index, { id }] of jobs.entries()) {
    const job = await eventually(async () => {
      const state = await look(second, id);
      return state.finishedAt ? state : undefined;
    }, `job ${id} to finish`);
    expect(job).toMatchObject({ status: 'succeeded', result: { seconds: index % 7 } });
    expect(job.history.filter(({ event }) => event === 'succeeded')).toHaveLength(1);
    if (before[index]?.status === 'succeeded')
      expect(job).toEqual({ ...before[index], statusUrl: job.statusUrl });
  }
  await second.stop();
  await rm(dataDir, { recursive: true });
}, 150_000);
