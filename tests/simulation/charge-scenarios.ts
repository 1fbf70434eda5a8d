import type { Charges } from '../../shared/domain/access/ports.ts';
import { PermanentError } from '../../shared/domain/base/errors.ts';
import type { Schedule } from '../../shared/domain/schedules/schedule.ts';
import { startOfTime } from '../../testkit/play/virtual-time.ts';
import { contracts } from '../job-types/contracts.ts';
import { childrenOf, order, settings as usual, withParent } from './children-scenarios.ts';
import type { Mutant } from './mutant.ts';
import { nightly } from './occurrence-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';

const settings = { ...usual, jobsPerMinute: 2 };
const { counting } = contracts;

/** More than the limit of a minute: they close the door, and are made all the same. */
const spawns: Scenario = {
  name: 'a job of a tenant with a limit spawns more children than it may submit',
  settings,
  arrange: withParent(async (_payload, job) => {
    const batch = await job.spawn('pages', counting, { count: 3, payload: () => ({ seconds: 0 }) });
    await batch.succeeded();
    return { seats: [], charge: null };
  }),
  act: async (client) => void (await client.insistUntilLetIn({ ...order, key: 'parent' })),
  assert: (world) => {
    const { length } = childrenOf(world);
    if (length > 3) throw new Violation('a child is one job', `${length} children`);
    expectStatus(world, 'succeeded');
  },
};

/** Then another submission waits for its time, and is let in. */
const submits: Scenario = {
  name: 'a job of a tenant with a limit submits others, and the next submission waits for its time',
  settings,
  arrange: withParent(async (_payload, job) => {
    for (const key of ['one', 'two', 'three']) await job.submit(key, counting, { seconds: 0 });
    return { seats: [], charge: null };
  }),
  act: async (client) => {
    const { job } = await client.insistUntilLetIn({ ...order, key: 'parent' });
    if (job) await client.until(job.id, 'succeeded');
    await client.insistUntilLetIn({ payload: { seconds: 0 }, key: 'next' });
  },
  assert: (world) => {
    const { size } = world.table.items;
    if (size !== 5) throw new Violation('a key is one job', `${size} jobs of 5 keys`);
    expectStatus(world, 'succeeded');
  },
};

const hourly: Schedule = { ...nightly, name: 'hourly', cron: '0 * * * *' };

/** One comes twice. The limit is used up then, and neither is refused. */
const scheduled: Scenario = {
  name: 'a schedule of a tenant with a limit has an occurrence, and is run by hand',
  settings: { jobsPerMinute: 1, recurring: [hourly] },
  act: async (client, { waiting }) => {
    const at = new Date(startOfTime).toISOString();
    const occurrence = JSON.stringify({ kind: 'occurrence', version: 3, schedule: 'hourly', at });
    for (const delayMs of [0, 5_000]) waiting.send(occurrence, { delayMs });
    for (let times = 0; times < 2; times += 1) await client.runSchedule(hourly, 'by hand');
  },
  assert: (world) => {
    const { size } = world.table.items;
    if (size !== 2) throw new Violation('an occurrence, and a key, is one job', `${size} jobs`);
    expectStatus(world, 'succeeded');
  },
};

/** A retry by hand and one of a bulk action are the same call. */
const retried: Scenario = {
  name: 'a job of a tenant that has used up its limit is retried',
  settings: { jobsPerMinute: 1 },
  arrange: withParent(async () => ({ seats: [], charge: null })),
  act: async (client) => {
    const failing = { payload: { seconds: 0, failFirst: 1 }, key: 'fails', maxAttempts: 1 };
    const { job } = await client.insistUntilLetIn(failing);
    if (job) await client.until(job.id, 'failed');
    if (job) await client.retry(job.id);
  },
  assert: (world) => expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : [])),
};

export const chargeScenarios: readonly Scenario[] = [spawns, submits, scheduled, retried];

const charging = (
  name: string,
  shownBy: Scenario,
  charges: (usual: Charges) => Charges['charge'],
): Mutant => ({
  name,
  shownBy: shownBy.name,
  charges: (before) => ({ charge: charges(before) }),
});

export const chargeMutants: readonly Mutant[] = [
  charging('children are not charged', spawns, () => async () => undefined),
  charging(
    'a batch of children is charged as one job',
    spawns,
    ({ charge }) =>
      (tenant) =>
        charge(tenant, 1),
  ),
  charging('what a job submits is not charged', submits, () => async () => undefined),
  charging('the jobs of schedules are not charged', scheduled, () => async () => undefined),
  charging('a retry is not charged', retried, () => async () => undefined),
  charging(
    'a retry is charged twice',
    retried,
    ({ charge }) =>
      (tenant, jobs) =>
        charge(tenant, 2 * jobs),
  ),
  {
    name: 'the job of an occurrence is charged a second after it is sent',
    shownBy: scheduled.name,
    charges: ({ charge }, { time }) => ({
      charge: async (tenant, jobs) => {
        time.after(1_000, () => void charge(tenant, jobs));
      },
    }),
  },
  {
    name: 'children are charged a second after their batch is made',
    shownBy: spawns.name,
    charges: ({ charge }, { time }) => ({
      charge: async (tenant, jobs) => {
        time.after(1_000, () => void charge(tenant, jobs));
      },
    }),
  },
  {
    name: 'a charge that fails fails its job',
    shownBy: spawns.name,
    charges: (_charges, _world, door) => ({
      charge: (tenant, wanted) =>
        door.charge({ tenant, limit: 'jobsPerMinute', wanted }).catch((cause: unknown) => {
          throw new PermanentError('the charge has failed', { cause });
        }),
    }),
  },
];
