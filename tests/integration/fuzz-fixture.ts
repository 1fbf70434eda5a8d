import * as z from 'zod/mini';
import { eventually } from './eventually.ts';
import type { Fixture } from './fuzz-requests.ts';
import type { HttpSystem } from './http-system.ts';
import { failingJob, lateBooking, parentJob } from './probes.ts';

const job = z.object({ id: z.string(), status: z.string() });
const batch = z.object({ items: z.array(z.object({ job })) });
const list = z.object({ nextCursor: z.string() });

const fewJobs = 6;
/**
 * How many jobs of each state a tenant has: more, where each can be changed once. The children are of parents that have ended, and
 * cannot be changed. Those that wait are due long after the test.
 */
const countFor = (address: string): number =>
  /^(DELETE \/jobs\/\{id\}|POST \/jobs\/\{id\}\/(cancel|retry|signals\/\{signal\}))$/.test(address)
    ? 24
    : fewJobs;
const later = { delaySeconds: 600 };

/** What routes share. */
export interface SharedJobs {
  /** Jobs that nobody may see. */
  readonly foreign: TenantJobs;
  /** Of the tenant of all routes that read what is no job of a tenant: none of them can change one. */
  readonly ofReaders: TenantJobs;
}

export const prepareShared = async (system: HttpSystem): Promise<SharedJobs> => ({
  foreign: await jobsOf('a stranger', system),
  ofReaders: await jobsOf('who reads', system),
});

const isOfReaders = (address: string): boolean => /^GET (?!\/jobs)/.test(address);

/** A tenant of its own for a route that can change jobs: no call of another one changes its jobs. */
export async function prepareFixture(
  address: string,
  system: HttpSystem,
  { foreign, ofReaders }: SharedJobs,
): Promise<Fixture> {
  const own = isOfReaders(address) ? ofReaders : await jobsOf(address, system);
  if (address === 'DELETE /pauses/{pause}')
    await callWith(own.key, system)('POST', '/pauses', { name: 'tenant:acme' });
  const special = await specialJobsOf(address, own.key, system);
  return {
    key: own.key,
    ownIds: [...own.canceled, ...own.succeeded, ...own.waiting, ...special],
    jobIds: [
      ...(special.length > 0 ? [...special, ...own.succeeded.slice(0, 4)] : idsFor(address, own)),
      ...foreign.canceled.slice(0, 1),
      '01234567-0123-4123-8123-0123456789ab',
    ],
    cursors: [own.cursor, foreign.cursor],
    links: address === 'POST /ended-links' ? await linksOf(own, system) : [],
  };
}

const linked = z.object({ pageUrl: z.string() });
const linksOf = ({ key, waiting }: TenantJobs, system: HttpSystem): Promise<readonly string[]> =>
  Promise.all(
    waiting.map(async (id) => linked.parse(await callWith(key, system)('GET', `/jobs/${id}`)).pageUrl),
  );

export interface TenantJobs {
  readonly key: string;
  readonly cursor: string;
  readonly waiting: readonly string[];
  readonly canceled: readonly string[];
  readonly succeeded: readonly string[];
}

function idsFor(address: string, { canceled, succeeded, waiting }: TenantJobs): readonly string[] {
  // The system accepts a retry of a canceled job once, and shows a result of a succeeded job only: with as many others
  // among them, chance left too few accepted requests now and then.
  if (address.endsWith('/retry')) return [...canceled, ...waiting.slice(0, 4)];
  if (address.endsWith('/result')) return [...succeeded, ...waiting.slice(0, 4)];
  // A call that asks for the end of a job that waits would wait as well.
  if (address.endsWith('/wait')) return [...canceled, ...succeeded];
  return [...canceled, ...succeeded, ...waiting];
}

async function jobsOf(tenant: string, system: HttpSystem): Promise<TenantJobs> {
  const key = await system.keyOf(tenant);
  const call = callWith(key, system);
  const submit = async (options: object) => {
    const jobs = Array.from({ length: countFor(tenant) }, () => ({
      type: 'counting',
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
  return { key, waiting, canceled, succeeded, cursor: nextCursor };
}

/** Of other jobs only the queue has what they were given; and no others have children. */
async function specialJobsOf(address: string, key: string, system: HttpSystem): Promise<readonly string[]> {
  const count = countFor(address);
  if (address.endsWith('/input')) return endedJobsOf(key, system, { count, job: failingJob, end: 'failed' });
  // The document does not say what an answer is: the type of the job does.
  if (address.endsWith('/{signal}'))
    return endedJobsOf(key, system, { count, job: lateBooking, end: 'waiting' });
  if (address.includes('/{key}'))
    return endedJobsOf(key, system, { count, job: parentJob, end: 'succeeded' });
  return [];
}

async function endedJobsOf(
  key: string,
  system: HttpSystem,
  { count, job: submission, end }: { readonly count: number; readonly job: object; readonly end: string },
): Promise<readonly string[]> {
  const call = callWith(key, system);
  const jobs = Array.from({ length: count }, () => submission);
  const { items } = batch.parse(await call('POST', '/jobs/batch', { jobs }));
  const ids = items.map((item) => item.job.id);
  for (const id of ids)
    await eventually(async () => {
      const { status } = job.parse(await call('GET', `/jobs/${id}`));
      return status === end || undefined;
    }, `job ${id} to have ${end}`);
  return ids;
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
