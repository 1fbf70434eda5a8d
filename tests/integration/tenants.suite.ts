import { beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { type JobResponse, jobResponse } from '../../shared/http/responses/job-response.ts';
import { eventually } from './eventually.ts';
import type { HttpSystem } from './http-system.ts';

/** So many a second run: four at a time, a second each. */
const jobsOfA = 60;
/** `npm run test:long` has more: a hundredth of the million of the simulation. */
const submissions = Number(process.env.SUBMISSIONS ?? 200);
/** The same for the jobs of one group, which run one after the other, a second each. */
const groupJobs = Number(process.env.GROUP_JOBS ?? 60);
/** A call of a hundred takes a slow machine longer than a function may take. */
const jobsOfBatch = 25;
const maxMs = 120_000 + 100 * Math.max(submissions, groupJobs);
const answered = z.object({ items: z.array(z.object({ status: z.number() })) });
const listed = z.object({ items: z.array(z.object({ id: z.string(), startedAt: z.nullable(z.string()) })) });
const figures = z.object({
  items: z.array(z.object({ name: z.string(), visible: z.number(), inFlight: z.number() })),
});
const accepted = z.object({ items: z.array(z.object({ job: z.object({ id: z.string() }) })) });

/** Two tenants who use the same queue at the same time. */
export function describeTenants(running: () => HttpSystem): void {
  let system: HttpSystem;
  beforeAll(() => {
    system = running();
  });

  const call = async (path: string, key: string, body?: unknown): Promise<unknown> => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(system.address + path, { headers, ...init });
    if (answer.status >= 500) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const submit = async (count: number, key: string): Promise<readonly string[]> => {
    const jobs = Array.from({ length: count }, () => ({ type: 'counting', payload: { seconds: 1 } }));
    return accepted.parse(await call('/jobs/batch', key, { jobs })).items.map(({ job }) => job.id);
  };
  const started = (id: string, key: string): Promise<JobResponse> =>
    eventually(async () => {
      const job = jobResponse.parse(await call(`/jobs/${id}`, key));
      return job.startedAt === null ? undefined : job;
    }, `job ${id} to start`);

  /** A batch after the other. @returns how many jobs were answered with each status */
  const submitMany = async (count: number, job: object, key: string): Promise<Record<number, number>> => {
    const statuses: Record<number, number> = {};
    for (let sent = 0; sent < count; sent += jobsOfBatch) {
      const jobs = Array.from({ length: Math.min(jobsOfBatch, count - sent) }, () => job);
      const items = answered.parse(await call('/jobs/batch', key, { jobs })).items;
      for (const { status } of items) statuses[status] = (statuses[status] ?? 0) + 1;
    }
    return statuses;
  };
  /** Canceled jobs leave their messages, and the next suite begins when nothing is at work. */
  const drained = (queue: string, key: string): Promise<boolean> =>
    eventually(
      async () => {
        const { items } = figures.parse(await call('/queues', key));
        const found = items.find(({ name }) => name === queue);
        return (found && found.visible + found.inFlight === 0) || undefined;
      },
      `the queue ${queue} to be empty`,
      maxMs,
    );
  /** How long a job waits for its start. */
  const secondsOf = async (key: string): Promise<number> => {
    const [id = ''] = await submit(1, key);
    const { createdAt, startedAt } = await started(id, key);
    return (Date.parse(startedAt ?? '') - Date.parse(createdAt)) / 1000;
  };
  /** How long the last of ten jobs waits for its start. Each is in a group of its own. */
  const secondsOfGroups = async (key: string): Promise<number> => {
    const jobs = Array.from({ length: 10 }, (_, index) => ({
      ...{ type: 'counting', payload: { seconds: 0 }, group: `group ${index}` },
    }));
    const { items } = accepted.parse(await call('/jobs/batch', key, { jobs }));
    const waited = await Promise.all(
      items.map(async ({ job: { id } }) => {
        const { createdAt, startedAt } = await started(id, key);
        return Date.parse(startedAt ?? '') - Date.parse(createdAt);
      }),
    );
    return Math.max(...waited) / 1000;
  };

  describe('a tenant whose jobs come after many of another one', () => {
    test('does not wait for most of them', async () => {
      const [keyOfA, keyOfB] = [await system.keyOf('tenant A'), await system.keyOf('tenant B')];
      await submit(jobsOfA, keyOfA);
      const ofB = await submit(3, keyOfB);
      const jobs = await Promise.all(ofB.map((id) => started(id, keyOfB)));
      const startOfB = Math.max(...jobs.map(({ startedAt }) => Date.parse(startedAt ?? '')));
      const { items } = listed.parse(await call(`/jobs?limit=${jobsOfA}`, keyOfA));
      const before = items.filter(({ startedAt }) => startedAt !== null && Date.parse(startedAt) <= startOfB);
      expect([items.length, before.length <= jobsOfA / 2]).toEqual([jobsOfA, true]);
      await call('/jobs/actions', keyOfA, { action: 'cancel', filter: { type: 'counting' } });
    });

    test(
      `starts soon after ${submissions} were submitted by the other one, all of which are accepted`,
      async () => {
        const [keyOfA, keyOfB] = [await system.keyOf('tenant C'), await system.keyOf('tenant D')];
        const alone = await secondsOf(keyOfB);
        const statuses = await submitMany(submissions, { type: 'counting', payload: { seconds: 0 } }, keyOfA);
        const behind = await secondsOf(keyOfB);
        if (process.env.SUBMISSIONS) console.log(JSON.stringify({ submissions, statuses, alone, behind }));
        expect(statuses).toEqual({ 202: submissions });
        expect(behind).toBeLessThan(10 + 2 * alone);
        await call('/jobs/actions', keyOfA, { action: 'cancel', filter: { type: 'counting' } });
        await drained('long', keyOfA);
      },
      2 * maxMs,
    );

    test(
      `has groups that do not wait for ${groupJobs} jobs of a group of the other one`,
      async () => {
        const [keyOfA, keyOfB] = [await system.keyOf('tenant E'), await system.keyOf('tenant F')];
        // The first ones wait for their function to start.
        await secondsOfGroups(keyOfB);
        const alone = await secondsOfGroups(keyOfB);
        const job = { type: 'counting', payload: { seconds: 1 }, group: 'one' };
        const statuses = await submitMany(groupJobs, job, keyOfA);
        const behind = await secondsOfGroups(keyOfB);
        if (process.env.GROUP_JOBS) console.log(JSON.stringify({ groupJobs, statuses, alone, behind }));
        expect(statuses).toEqual({ 202: groupJobs });
        expect(behind).toBeLessThan(10 * Math.max(1, alone));
        await call('/jobs/actions', keyOfA, { action: 'cancel', filter: { type: 'counting' } });
        await drained('ordered.fifo', keyOfA);
      },
      2 * maxMs,
    );
  });
}
