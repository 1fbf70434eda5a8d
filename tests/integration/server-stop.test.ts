import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JobResponse } from '../../shared/http/responses/job-response.ts';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import { byNpm, killServers, startServerHere } from './server-process.ts';
import { type System, startSystem } from './system.ts';

/** On a busy machine a server may renew a lease seconds late, and only leases of a killed server should end here. */
const leaseSeconds = 12;
const seconds = 3;

let system: System;
beforeAll(async () => {
  system = await startSystem({ environment: { LEASE_SECONDS: String(leaseSeconds) } });
});
afterAll(async () => {
  await killServers();
  await system.stop();
});

const hold = useHolds();

const options = ['--queues', 'long', '--concurrency', '10', '--drain-seconds', '20'];

/** Submits jobs of which none ends before their release, and waits until a server runs all of them. */
async function runningJobs(count: number, heldBy: string): Promise<readonly JobResponse[]> {
  const payload = { seconds, heldBy };
  const jobs: JobResponse[] = [];
  for (let index = 0; index < count; index += 1) jobs.push(await system.submit('counting', payload));
  await eventually(async () => {
    const now = await Promise.all(jobs.map(({ id }) => system.get(id)));
    return (
      now.every(({ status, progress }) => status === 'running' && (progress?.percent ?? 0) > 0) || undefined
    );
  }, 'all jobs to run');
  return jobs;
}

describe('a server with ten jobs running', () => {
  test('hands them over when it is stopped, exits with 0, and costs none of them an attempt', async () => {
    const server = await startServerHere(options);
    const { heldBy, release } = hold();
    const jobs = await runningJobs(10, heldBy);
    expect(await server.end('SIGTERM')).toBe(0);
    for (const { id } of jobs)
      expect(await system.get(id)).toMatchObject({ status: 'queued', attempt: 0, slices: 1 });

    await release();
    system.start('long');
    for (const { id } of jobs) {
      const job = await system.finished(id);
      expect(job).toMatchObject({ status: 'succeeded', attempt: 1 });
      const events = job.history.map(({ event }) => event);
      expect(events).toEqual(['started', 'handed-over', 'started', 'succeeded']);
    }
    await system.halt('long');
  });

  test('loses none of them when it is killed: they are taken over when their leases end', async () => {
    const server = await startServerHere(options);
    const { heldBy, release } = hold();
    const jobs = await runningJobs(10, heldBy);
    expect(await server.end('SIGKILL')).toBeNull();
    await release();
    const other = await startServerHere(options);
    for (const { id } of jobs) {
      const job = await system.finished(id);
      expect(job).toMatchObject({ status: 'succeeded', result: { seconds } });
      expect(job.history.filter(({ event }) => event === 'crashed')).toHaveLength(1);
    }
    expect(await other.end('SIGTERM')).toBe(0);
  });
});

test('a server that npm has started hides what it receives for a lease and a second, and stops when npm is told to', async () => {
  const hidden = new Set<unknown>();
  system.queue.treat = (operation, body) => {
    if (operation === 'ReceiveMessage') hidden.add(JSON.parse(body).VisibilityTimeout);
    return 'pass';
  };
  const server = await startServerHere(options, byNpm);
  expect(await server.end('SIGTERM')).toBe(0);
  await expect(server.ready()).rejects.toThrow('fetch failed');
  expect([...hidden]).toEqual([leaseSeconds + 1]);
});
