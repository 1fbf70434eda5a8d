import { startOfTime } from '../../testkit/play/virtual-time.ts';
import type { Client } from './client.ts';
import { countingDown, line } from './group-scenarios.ts';
import { before } from './interposed-scenarios.ts';
import { longFigures } from './limits.ts';
import type { Mutant } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const tenant = 'someone';
const waitMs = 30_000;
const two = { queues: 2, waitMs };
/** Long enough for the wait to be over. */
const long = countingDown(120);

const submit = (client: Client, key: string, payload: unknown = long) =>
  client.insist({ key, group: 'g', payload, maxAttempts: 4 });

/** So far before the first job the stage got its second queue. */
const gotQueues =
  (agoMs: number): NonNullable<Scenario['arrange']> =>
  (world) => {
    world.groupPlaces.sinceAt = startOfTime - agoMs;
  };

function expectQueue(world: World, number: number): void {
  const queue = world.groupPlaces.places.get(tenant)?.queue;
  if (queue !== number) throw new Violation('a tenant has the right queue', `${queue}, not ${number}`);
}

/** The second job comes when new tenants use the new queue. */
const added: Scenario = {
  name: 'a stage gets a second ordered queue while a tenant has a job in the first',
  settings: { orderedQueues: two },
  act: async (client) => {
    await submit(client, 'first');
    await client.pause(waitMs + 5_000);
    await submit(client, 'second', countingDown(1));
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    // An outage may be longer than the wait.
    if (!world.settings.plan) expectQueue(world, 1);
  },
};

/** One comes right before the time from which new tenants use the new queue, and another one is faster right after it. */
const atTheTime: Scenario = {
  name: 'two jobs of a group are submitted when new tenants begin to use a second ordered queue',
  settings: { orderedQueues: two },
  arrange: gotQueues(waitMs - 500),
  act: async (client, world) => {
    const second = async () => {
      await client.pause(1_000);
      await submit(client, 'second', countingDown(20));
    };
    before(world, (call) => call === 'keep an ordered queue', second, 'submit');
    await submit(client, 'first', countingDown(1));
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    if (!world.settings.plan) expectQueue(world, 2);
  },
};

/** Its jobs fail, are handed over, and follow each other as in the first queue. */
const inSecond: Scenario = {
  name: 'a group of three in the second ordered queue',
  settings: { orderedQueues: two },
  arrange: gotQueues(waitMs + 60_000),
  act: async (client) => {
    await line(client, 'g', [countingDown(2, { failFirst: 1 }), countingDown(1), countingDown(0)]);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    expectQueue(world, 2);
  },
};

const hour = 3_600;

const canceledInSecond: Scenario = {
  name: 'the first job of a group sleeps for hours in the second ordered queue, and is canceled',
  settings: { orderedQueues: two, figures: longFigures },
  faults: ['crash-before', 'crash-after'],
  arrange: (world) => {
    gotQueues(waitMs + 60_000)(world);
    world.handlers = {
      ...world.handlers,
      counting: async ({ seconds }, job) => {
        if (seconds > 0 && !job.resume) await job.sleep(9 * hour, { passed: seconds });
        return { seconds };
      },
    };
  },
  act: async (client) => {
    const { job } = await submit(client, 'first', countingDown(9));
    await submit(client, 'second', countingDown(0));
    if (!job) return;
    await client.until(job.id, 'waiting');
    // Its message comes back by itself within an hour.
    await client.pause((hour / 2) * 1000);
    await client.cancel(job.id);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded', 'canceled');
    const second = [...world.table.items.values()].find(({ status }) => status === 'succeeded');
    const waited = (second?.finishedAt ?? Infinity) - startOfTime;
    if (!world.settings.plan && waited > (hour / 2 + 60) * 1000)
      throw new Violation('a canceled job does not hold up its group', `for ${waited} ms`);
  },
};

export const orderedQueueScenarios: readonly Scenario[] = [added, atTheTime, inSecond, canceledInSecond];

export const orderedQueueMutants: readonly Mutant[] = [
  {
    name: 'the ordered queue of a tenant is not kept before the first message is sent',
    shownBy: added.name,
    places: (places) => ({ ...places, keep: async (_tenant, queue) => ({ queue }) }),
  },
  {
    name: 'the ordered queue of a tenant is kept after the first message is sent',
    shownBy: added.name,
    places: (places, world) => ({
      ...places,
      keep: async (of, queue) => {
        world.time.after(60_000, () => void places.keep(of, queue).catch(() => undefined));
        return { queue };
      },
    }),
  },
  {
    name: 'a tenant gets the ordered queue that was chosen, although another process was faster',
    shownBy: atTheTime.name,
    places: (places) => ({
      ...places,
      keep: async (of, queue) => {
        await places.keep(of, queue);
        return { queue };
      },
    }),
  },
  {
    name: 'new tenants use a new ordered queue at once',
    shownBy: added.name,
    places: (places) => ({ ...places, since: async () => 0 }),
  },
  {
    name: 'who cannot read the ordered queue of a tenant takes the first one',
    shownBy: inSecond.name,
    places: (places) => ({ ...places, read: (of) => places.read(of).catch(() => ({ queue: 1 })) }),
  },
  {
    name: 'a cancel shows a message of the first ordered queue',
    shownBy: canceledInSecond.name,
    ports: (ports, role, world) =>
      role === 'cancel'
        ? {
            ...ports,
            ordered: {
              ...ports.ordered,
              changeVisibility: async ({ receiptHandle }, seconds) =>
                world.ordered.changeVisibility(receiptHandle, seconds),
            },
          }
        : ports,
  },
];
