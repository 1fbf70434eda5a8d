import * as z from 'zod/mini';
import { eventually } from './eventually.ts';
import type { Fixture } from './fuzz-requests.ts';
import type { HttpSystem } from './http-system.ts';

const job = z.object({ id: z.string(), status: z.string() });
const batch = z.object({ items: z.array(z.object({ job })) });
const list = z.object({ nextCursor: z.string() });

/**
 * How many jobs of each state a tenant has. Those that wait are due long after the test. A canceled job can be retried
 * once: of twelve, chance left fewer than the eleven retries that the test demands, now and then.
 */
const count = 24;
const later = { delaySeconds: 600 };

/** A tenant of its own for a route: no call of another one changes its jobs. */
export async function prepareFixture(address: string, system: HttpSystem): Promise<Fixture> {
  const own = await jobsOf(address, system);
  const foreign = await jobsOf(`not ${address}`, system);
  // Whoever asks for the end of a job that waits would wait as well.
  const jobIds = address.endsWith('/wait') ? own.ended : [...own.ended, ...own.waiting];
  return {
    key: own.key,
    ownIds: [...own.ended, ...own.waiting],
    jobIds: [...jobIds, ...foreign.ended.slice(0, 1), '01234567-0123-4123-8123-0123456789ab'],
    cursors: [own.cursor, foreign.cursor],
  };
}

async function jobsOf(tenant: string, system: HttpSystem) {
  const key = await system.keyOf(tenant);
  const call = callWith(key, system);
  const submit = async (options: object) => {
    const jobs = Array.from({ length: count }, () => ({
      type: 'countdown',
      payload: { seconds: 0 },
      ...options,
    }));
    return batch.parse(await call('POST', '/jobs/batch', { jobs })).items.map((item) => item.job.id);
  };
  const [waiting, canceled, succeeded] = [await submit(later), await submit(later), await submit({})];
  for (const id of canceled) await call('POST', `/jobs/${id}/cancel`);
  for (const id of succeeded)
    await eventually(async () => {
      const { status } = job.parse(await call('GET', `/jobs/${id}`));
      return status === 'succeeded' || undefined;
    }, `job ${id} to succeed`);
  const { nextCursor } = list.parse(await call('GET', '/jobs?limit=1'));
  return { key, waiting, ended: [...canceled, ...succeeded], cursor: nextCursor };
}

const callWith =
  (key: string, system: HttpSystem) =>
  async (method: string, target: string, body?: object): Promise<unknown> => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const answer = await system.send({
      method,
      target,
      headers,
      body: body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
    });
    return JSON.parse(answer.body);
  };
