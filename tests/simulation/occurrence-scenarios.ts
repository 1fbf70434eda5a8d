import { keyedJobId } from '../../shared/domain/base/fingerprint.ts';
import type { Schedule } from '../../shared/domain/schedules/schedule.ts';
import { startOfTime } from '../../testkit/play/virtual-time.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

export const nightly: Schedule = {
  name: 'nightly',
  cron: '0 2 * * *',
  timeZone: 'UTC',
  type: 'counting',
  payload: { seconds: 0 },
  tenant: 'someone',
};

const hourMs = 3_600_000;
const settings = { recurring: [nightly], notify: [{ url: 'https://receiver.example/' }] };

/** What Scheduler sends for an occurrence, so many hours after the beginning. */
const occurrenceAt = (hours: number): string => {
  const at = new Date(startOfTime + hours * hourMs).toISOString();
  return JSON.stringify({ kind: 'occurrence', version: 3, schedule: 'nightly', at });
};

const expectJobs =
  (count: number) =>
  (world: World): void => {
    expectStatus(world, 'succeeded');
    const { size } = world.table.items;
    if (size !== count) throw new Violation('one job an occurrence', `${size} jobs, not ${count}`);
  };

const sent = (
  name: string,
  hours: readonly (readonly [sentAt: number, of: number])[],
  jobs: number,
): Scenario => ({
  name,
  // Two that come at the same time are both sent on, as copies.
  settings: { ...settings, maxAdmissions: 4 },
  act: async (_client, { waiting }) => {
    for (const [sentAt, of] of hours) waiting.send(occurrenceAt(of), { delayMs: sentAt * hourMs });
  },
  assert: expectJobs(jobs),
});

const onTime = sent('an occurrence of a schedule comes on time', [[2, 2]], 1);
const twice = sent(
  'two occurrences come twice, late and out of order',
  [
    [3, 26],
    [2, 2],
    [2, 2],
    [27, 26],
  ],
  2,
);

const paused: Scenario = {
  name: 'an occurrence comes while its schedule is paused, and another one after that',
  settings,
  act: async (client, { waiting, paused: names }) => {
    names.add('nightly');
    waiting.send(occurrenceAt(0));
    await client.pause(hourMs);
    names.clear();
    waiting.send(occurrenceAt(1));
  },
  assert: expectJobs(1),
};

const suspended: Scenario = {
  name: 'an occurrence comes while the tenant of its schedule is suspended, and another one after that',
  settings,
  act: async (client, { waiting, suspended: tenants }) => {
    tenants.add('someone');
    waiting.send(occurrenceAt(0));
    await client.pause(hourMs);
    tenants.clear();
    waiting.send(occurrenceAt(1));
  },
  assert: expectJobs(1),
};

const unknown: Scenario = {
  name: 'two occurrences come of a schedule that is not deployed any more',
  settings: { recurring: [] },
  act: async (_client, { waiting }) => {
    waiting.send(occurrenceAt(0));
    waiting.send(occurrenceAt(24), { delayMs: 5_000 });
  },
  assert: expectJobs(0),
};

/** Its job is of its schedule's tenant, and a cancel ends it as any other. */
const canceled: Scenario = {
  name: 'the job of an occurrence is canceled and retried while the occurrence comes again',
  settings,
  act: async (client, { waiting }) => {
    waiting.send(occurrenceAt(0));
    waiting.send(occurrenceAt(0), { delayMs: 1_500 });
    const id = keyedJobId('schedules', 'someone', `nightly/${new Date(startOfTime).toISOString()}`);
    await client.pause(1);
    await client.cancel(id);
    await client.retry(id);
  },
  assert: (world) => {
    if (world.table.items.size !== 1)
      throw new Violation('one job an occurrence', `${world.table.items.size}`);
    expectStatus(world, 'succeeded', 'canceled');
  },
};

export const occurrenceScenarios: readonly Scenario[] = [onTime, twice, paused, suspended, unknown, canceled];
