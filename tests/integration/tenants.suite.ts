import { beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { type JobResponse, jobResponse } from '../../shared/http/job-response.ts';
import { eventually } from './eventually.ts';
import type { HttpSystem } from './http-system.ts';

/** So many a second run: four at a time, a second each. */
const jobsOfA = 60;
const listed = z.object({ items: z.array(z.object({ id: z.string(), startedAt: z.nullable(z.string()) })) });
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
    return (await fetch(system.address + path, { headers, ...init })).json();
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
  });
}
