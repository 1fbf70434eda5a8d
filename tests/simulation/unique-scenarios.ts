import { windowStartAt } from '../../shared/domain/base/unique-id.ts';
import type { Schedule } from '../../shared/domain/schedules/schedule.ts';
import { contracts } from '../job-types/contracts.ts';
import { settings as parentSettings, withParent } from './children-scenarios.ts';
import type { Client } from './client.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const withinSeconds = 3_600;
const windowMs = withinSeconds * 1000;
/** How long it takes is the unique key. How often it fails first is not. */
const counting = {
  ...contracts.counting,
  unique: { key: ({ seconds }: { seconds: number }) => `${seconds}`, withinSeconds },
};

const arrange = (world: World): void => {
  world.contracts = { ...contracts, counting };
};

const one = { payload: { seconds: 1 } };
const other = { payload: { seconds: 1, failFirst: 0 } };

/** Until the next window has just begun: whatever takes minutes ends in it. */
const untilWindow = (client: Client, { time }: World): Promise<void> =>
  client.pause(windowStartAt(time.now, withinSeconds) + windowMs + 1 - time.now);

const expectJobs =
  (jobs: number) =>
  (world: World): void => {
    const { size } = world.table.items;
    if (size !== jobs)
      throw new Violation('a unique key is one job in a window', `${size} jobs, not ${jobs}`);
    expectStatus(world, 'succeeded');
  };

interface Played extends Pick<Scenario, 'name' | 'settings'> {
  readonly jobs: number;
  readonly act: (client: Client, world: World) => Promise<unknown>;
}

const unique = ({ name, settings = {}, jobs, act }: Played): Scenario => ({
  name,
  settings,
  arrange,
  act: async (client, world) => {
    await untilWindow(client, world);
    await act(client, world);
  },
  assert: expectJobs(jobs),
});

export const twice = unique({
  name: 'two payloads with one unique key are submitted one after the other',
  jobs: 1,
  act: async (client) => {
    await client.insistOnUnique(one);
    await client.insistOnUnique(other);
  },
});

export const atOnce = unique({
  name: 'two payloads with one unique key are submitted at the same time, and one with an Idempotency-Key',
  jobs: 1,
  act: (client) =>
    Promise.all([
      client.insistOnUnique(one),
      client.insistOnUnique(other),
      client.insist({ ...other, key: 'k' }),
    ]),
});

export const keyFirst = unique({
  name: 'a job is submitted with an Idempotency-Key, then by its unique key, and both again in the next window',
  jobs: 2,
  act: async (client, world) => {
    await client.insist({ ...one, key: 'k' });
    await client.insistOnUnique(other);
    await untilWindow(client, world);
    await client.insist({ ...one, key: 'k' });
    await client.insistOnUnique(other);
  },
});

export const uniqueFirst = unique({
  name: 'a job is submitted by its unique key, then with an Idempotency-Key, and this again in the next window',
  jobs: 1,
  act: async (client, world) => {
    await client.insistOnUnique(one);
    await client.insist({ ...other, key: 'k' });
    await untilWindow(client, world);
    await client.insist({ ...other, key: 'k' });
  },
});

/** What the first request has done nobody knows. */
export const repeated = unique({
  name: 'a submission of a unique job is repeated after the end of its window',
  jobs: 1,
  act: async (client, world) => {
    await client.submit({ ...one, key: 'k' });
    await untilWindow(client, world);
    await client.insist({ ...one, key: 'k' });
  },
});

export const tenants = unique({
  name: 'two tenants submit a job with the same unique key',
  jobs: 2,
  act: async (client) => {
    await client.insistOnUnique(one);
    await client.insistOnUnique({ ...one, tenant: 'another' });
  },
});

/** It is erased, and the window has no other one. */
const erased: Scenario = {
  ...unique({
    name: 'a unique job is erased, and submitted again in its window and in the next one',
    jobs: 2,
    act: async (client, world) => {
      const { job } = await client.insistOnUnique(one);
      if (!job) return;
      await client.until(job.id, 'succeeded');
      await client.erase(job.id);
      const { status } = await client.insistOnUnique(one);
      if (status === 202)
        world.guard(() => {
          throw new Violation('what is erased in its window is not made anew', job.id);
        });
      await untilWindow(client, world);
      await client.insistOnUnique(one);
    },
  }),
};

/** Its first attempt fails when the job is submitted, and its next one comes in a later window. */
const byJob: Scenario = {
  name: 'a job submits a unique one, and its next attempt in the next window submits it again',
  settings: parentSettings,
  arrange: (world) => {
    arrange(world);
    withParent(async (_payload, job) => {
      await job.submit('refresh', counting, one.payload);
      if (job.attempt < 2) throw new Error('once more');
      return { seats: [], charge: null };
    })?.(world);
  },
  act: async (client, world) => {
    // Two seconds before the end of a window.
    await client.pause(windowStartAt(world.time.now, withinSeconds) + windowMs - 2_000 - world.time.now);
    await client.insist({
      type: 'booking',
      payload: { seats: 0, waitSeconds: 0 },
      maxAttempts: 6,
      key: 'parent',
    });
  },
  assert: expectJobs(2),
};

const hourly: Schedule = {
  ...{ name: 'hourly', cron: '0 * * * *', timeZone: 'UTC', tenant: 'someone' },
  ...{ type: 'counting', payload: { seconds: 1 }, unique: { key: '1', withinSeconds } },
};

const byClock = unique({
  name: 'an occurrence of a schedule comes twice in a window in which its unique job is submitted',
  settings: { recurring: [hourly], maxAdmissions: 4 },
  jobs: 1,
  act: async (client, { waiting, time }) => {
    const at = new Date(windowStartAt(time.now, withinSeconds)).toISOString();
    const occurrence = JSON.stringify({ kind: 'occurrence', version: 3, schedule: 'hourly', at });
    waiting.send(occurrence);
    waiting.send(occurrence, { delayMs: windowMs });
    await client.insistOnUnique(other);
  },
});

export const uniqueScenarios: readonly Scenario[] = [
  twice,
  atOnce,
  keyFirst,
  uniqueFirst,
  repeated,
  tenants,
  erased,
  byJob,
  byClock,
];
