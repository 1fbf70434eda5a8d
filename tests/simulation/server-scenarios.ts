import type { JobContract } from '../../shared/author/contract.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { contracts } from '../job-types/contracts.ts';
import { noFaults, serverFaults } from './faults.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import type { ServerSettings } from './servers.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** Each is played with a stop at every call, too. */
export const servers = (more: Partial<ServerSettings> = {}): ServerSettings => ({
  polls: 'queue',
  count: 2,
  maxJobs: 2,
  drainMs: 4_000,
  ...more,
});

export type Counting = World['handlers']['counting'];

/** Has the jobs run on servers, by this handler if there is one. */
export const onServers =
  (handler?: Counting, more: Partial<JobContract> = {}) =>
  (world: World): void => {
    const counting: JobContract = { ...contracts.counting, queue: 'server', ...more };
    world.contracts = { ...contracts, counting };
    if (handler) world.handlers = { ...world.handlers, counting: handler };
  };

export const onlyJob = (world: World): JobItem | undefined => [...world.table.items.values()][0];
const eventsOf = (world: World) => (onlyJob(world)?.history ?? []).map(({ event }) => event);

/** What must hold as long as nothing else goes wrong. */
export const expectEvent = (
  world: World,
  event: JobItem['history'][number]['event'],
  times: number,
): void => {
  const found = eventsOf(world).filter((one) => one === event).length;
  const { plan = noFaults } = world.settings;
  if (plan === noFaults && found !== times)
    throw new Violation('a stop is what the scenario plays', `${found} times ${event}, not ${times}`);
};

/** It saves no state. */
export const pausing: Counting = async ({ seconds }, job) => {
  await job.pause(seconds);
  return { seconds };
};

const one: Scenario = {
  name: 'one job on a server',
  settings: { servers: servers({ count: 1 }) },
  faults: serverFaults,
  arrange: onServers(),
  act: async (client) => {
    await client.submit();
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const together: Scenario = {
  name: 'jobs on two servers and on Lambda, from one queue',
  settings: { servers: servers({ besideLambda: true }) },
  faults: serverFaults,
  act: async (client) => {
    const payloads = [{ seconds: 3 }, { seconds: 2, failFirst: 1 }, { seconds: 8 }, { seconds: 0 }];
    const orders = [...payloads, { seconds: 1 }, { seconds: 3 }];
    await Promise.all(orders.map((payload, place) => client.insist({ key: `${place}`, payload })));
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const handedOver: Scenario = {
  name: 'a server stops in the middle of a job that saves its state',
  settings: { servers: servers() },
  faults: serverFaults,
  arrange: onServers(),
  act: async (client, world) => {
    await client.submit({ payload: { seconds: 9 } });
    await client.pause(4_000);
    world.servers?.stop();
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    expectEvent(world, 'handed-over', 1);
  },
};

/** The receive was under way when the server was told to stop. */
const comesLate: Scenario = {
  name: 'a message comes to a server that stops',
  settings: { servers: servers({ count: 1, drainMs: 9_000 }) },
  faults: serverFaults,
  arrange: onServers(pausing),
  act: async (client, world) => {
    await client.insist({ key: 'first', payload: { seconds: 6 } });
    await client.pause(1_000);
    world.servers?.stop();
    await client.pause(1_000);
    await client.insist({ key: 'second', payload: { seconds: 1 } });
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** A job ends while its server stops, and others wait for that. */
const waitedFor: Scenario = {
  name: 'a server stops while a job ends that others wait for',
  settings: { servers: servers(), notify: [{ url: 'https://receiver.example/' }] },
  faults: serverFaults,
  arrange: onServers(pausing),
  act: async (client, world) => {
    const a = await client.insist({ key: 'a', payload: { seconds: 3 } });
    await client.insist({ key: 'b', payload: { seconds: 1 }, dependsOn: a.job ? [a.job.id] : [] });
    await client.pause(2_000);
    world.servers?.stop();
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    if (!world.settings.plan) world.notifyRule.expectOnce(world.table.items);
  },
};

const inGroup: Scenario = {
  name: 'a server stops in the middle of a group',
  settings: { servers: servers({ polls: 'ordered' }) },
  faults: serverFaults,
  // A type of the queue `server` has no groups.
  arrange: onServers(pausing, { queue: 'long' }),
  act: async (client, world) => {
    for (const seconds of [1, 7, 0])
      await client.insist({ key: `${seconds}`, group: 'g', payload: { seconds } });
    await client.pause(3_000);
    world.servers?.stopAll();
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** Worker servers, and their stops. */
export const stopScenarios: readonly Scenario[] = [one, together, handedOver, comesLate, waitedFor, inGroup];
