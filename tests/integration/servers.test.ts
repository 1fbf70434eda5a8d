import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { ChildSystem } from '../../local/system/child-system.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { type JobResponse, jobResponse } from '../../shared/http/responses/job-response.ts';
import { eventually } from './eventually.ts';
import { callForAll, finished, readJob, start } from './killed-system.ts';
import { killServers, startServer } from './server-process.ts';
import { expectOneAfterTheOther, expectOneEnd } from './times.ts';

afterAll(killServers);

const csv = { csv: 'a,b\n1,2\n1,3\n', groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] };
const groups = 5;
const options = ['--queues', 'standard,long,ordered', '--concurrency', '4'];

/** 300 jobs: short ones, some that fail first, some that take seconds, and 50 in groups. */
const requests = Array.from({ length: 300 }, (_, index) => {
  if (index % 6 === 5)
    return { type: 'counting', payload: { seconds: 0 }, group: `group ${Math.floor(index / 6) % groups}` };
  if (index % 3 === 0) return { type: 'csv-sums', payload: csv };
  if (index % 10 === 1) return { type: 'counting', payload: { seconds: 0, failFirst: 1 } };
  return { type: 'counting', payload: { seconds: index % 5 } };
});

async function submit({ address }: ChildSystem, body: object): Promise<JobResponse> {
  const response = await fetch(`${address}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return jobResponse.parse(await response.json());
}

/** Waits until about so many of the jobs have ended. */
const ended = (system: ChildSystem, jobs: readonly JobResponse[], count: number) =>
  eventually(async () => {
    // A job in ten is enough to tell.
    const sample = jobs.filter((_, index) => index % 10 === 0);
    const now = await callForAll(sample, ({ id }) => readJob(system, id));
    return now.filter(({ status }) => isTerminal(status)).length * 10 >= count || undefined;
  }, `${count} jobs to end`);

test('300 jobs on two servers and Lambda, of which one server is stopped and the other killed twice, each end once and in order', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
  const system = await start(dataDir);
  const [stopped, killed] = await Promise.all([
    startServer(system, [...options, '--drain-seconds', '1']),
    startServer(system, options),
  ]);
  const jobs = await callForAll(requests, (request) => submit(system, request));

  await ended(system, jobs, 50);
  expect(await stopped.end('SIGTERM')).toBe(0);
  await ended(system, jobs, 100);
  expect(await killed.end('SIGKILL')).toBeNull();
  const again = await startServer(system, options);
  await ended(system, jobs, 150);
  expect(await again.end('SIGKILL')).toBeNull();
  const last = await startServer(system, options);

  const ends: JobResponse[] = [];
  for (const { id } of jobs) ends.push(await finished(system, id));
  for (const job of ends) expectOneEnd(job);
  expect(ends.filter(({ status }) => status !== 'succeeded')).toEqual([]);
  for (const [index, { result, type }] of ends.entries()) {
    const { payload } = requests[index] ?? { payload: csv };
    const seconds = 'seconds' in payload ? payload.seconds : undefined;
    expect(result).toEqual(
      type === 'counting' ? { seconds } : { rows: 2, groups: [{ key: '1', values: [5] }] },
    );
  }
  for (let group = 0; group < groups; group += 1)
    expectOneAfterTheOther(ends.filter((job) => job.group === `group ${group}`));
  // Only a kill costs an attempt, and there were two.
  for (const { history, attempt } of ends) {
    const crashes = history.filter(({ event }) => event === 'crashed').length;
    const failures = history.filter(({ event }) => event === 'retrying').length;
    expect(crashes).toBeLessThanOrEqual(2);
    expect(attempt).toBeLessThanOrEqual(1 + crashes + failures);
  }
  expect(await last.end('SIGTERM')).toBe(0);
  await system.stop();
  await rm(dataDir, { recursive: true });
}, 300_000);
