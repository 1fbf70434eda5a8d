import { contracts } from '../job-types/contracts.ts';
import { type Booking, childrenOf, order, parentOf, settings, withParent } from './children-scenarios.ts';
import type { Client } from './client.ts';
import { type Mutant, spoiled } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const { counting, booking } = contracts;
const hourMs = 3_600_000;

const submit = async (client: Client, group?: string): Promise<string> =>
  (await client.insist({ ...order, key: 'parent', ...(group === undefined ? {} : { group }) })).job?.id ?? '';

const childOf = (world: World, index: number) =>
  childrenOf(world).find(({ parent }) => parent?.index === index);

/** One that waits for a group that it holds itself goes on after a day, or after twelve. */
const expectSoon = (world: World): void => {
  const { createdAt = 0, finishedAt = 0 } = parentOf(world) ?? {};
  if (finishedAt - createdAt > 6 * hourMs)
    throw new Violation('no job waits for a group that it holds', `${finishedAt - createdAt} ms`);
};

/** Three in two groups, and one in none, which are in two shards. */
const four: Booking = async (_payload, job) => {
  const groups = ['a', 'b', 'a'];
  const batch = await job.spawn('pages', counting, {
    count: 4,
    payload: (index) => ({ seconds: index === 0 ? 4 : 1 }),
    group: (index) => groups[index],
  });
  const { succeeded, unsuccessful } = await batch.settled();
  return { seats: [`${succeeded} ${unsuccessful}`], charge: null };
};

const expectOrder = (world: World): void => {
  const [first, next, other] = [0, 2, 3].map((index) => childOf(world, index));
  if (next?.startedAt !== undefined && next.startedAt < (first?.finishedAt ?? Number.POSITIVE_INFINITY))
    throw new Violation('children of a group run in the order of their indexes', 'the second was first');
  if (other?.group !== undefined)
    throw new Violation('a child is in the group that was said', String(other.group));
  expectSoon(world);
  const { result = '{"seats":["4 0"],"charge":null}' } = parentOf(world) ?? {};
  if (!world.settings.plan && result !== '{"seats":["4 0"],"charge":null}')
    throw new Violation('a parent sees the end of each child', result);
};

const inGroups: Scenario = {
  name: 'three children are in two groups, and one is in none',
  settings,
  arrange: withParent(four),
  act: async (client) => void (await submit(client)),
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
    expectOrder(world);
  },
};

const parentInGroup: Scenario = {
  name: 'a job of a group waits for children in other groups',
  settings,
  arrange: withParent(four),
  act: async (client) => {
    await submit(client, 'g');
    await client.insist({ payload: { seconds: 0 }, key: 'next', group: 'a', maxAttempts: 4 });
  },
  assert: expectOrder,
};

const ofItsParent: Scenario = {
  name: 'a child is to be in the group of its parent',
  settings,
  arrange: withParent(async (_payload, job) => {
    const group = (index: number) => (index === 1 ? 'g' : 'a');
    const batch = await job.spawn('pages', counting, { list: [{ seconds: 0 }, { seconds: 0 }], group });
    await batch.settled();
    return { seats: [], charge: null };
  }),
  act: async (client) => void (await submit(client, 'g')),
  assert: (world) => {
    const { status, error } = parentOf(world) ?? {};
    if (!world.settings.plan && !error?.message.includes('child 1 of "pages" cannot be in the group "g"'))
      throw new Violation('a child in the group of an ancestor is refused', `${status} ${error?.message}`);
    if (childrenOf(world).length > 0)
      throw new Violation('a child in the group of an ancestor is refused', 'there are children');
  },
};

/** The child spawns one in the group that the first job holds. */
const nested: Booking = async ({ seats }, job) => {
  const batch =
    seats === 0
      ? await job.spawn('one', booking, { list: [{ seats: 1, waitSeconds: 0 }], group: 'a' })
      : await job.spawn('one', counting, { list: [{ seconds: 0 }], group: 'g' });
  const { succeeded, unsuccessful } = await batch.settled();
  return { seats: [`${succeeded} ${unsuccessful}`], charge: null };
};

const ofAnAncestor: Scenario = {
  name: 'a child of a child is to be in the group of its grandparent',
  settings,
  arrange: withParent(nested),
  act: async (client) => void (await submit(client, 'g')),
  assert: (world) => {
    const { result } = parentOf(world) ?? {};
    if (!world.settings.plan && result !== '{"seats":["0 1"],"charge":null}')
      throw new Violation('a child in the group of an ancestor is refused', String(result));
    expectSoon(world);
  },
};

/** The next round begins within the time in which SQS takes no message twice. */
const retried: Scenario = {
  name: 'a job is retried with its children in groups within the deduplication interval of SQS',
  settings,
  arrange: withParent(async (_payload, job) => {
    const batch = await job.spawn('pages', counting, {
      count: 3,
      payload: (index) => ({ seconds: 0, ...(index === 0 ? {} : { failFirst: 1 }) }),
      group: 'a',
    });
    await batch.succeeded();
    return { seats: [], charge: null };
  }),
  act: async (client) => {
    const id = await submit(client);
    await client.until(id, 'failed');
    await client.retry(id);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
    expectSoon(world);
  },
};

const canceled: Scenario = {
  name: 'a job is canceled while its children wait in their group',
  settings,
  arrange: withParent(async (_payload, job) => {
    const batch = await job.spawn('pages', counting, {
      count: 3,
      payload: () => ({ seconds: 20 }),
      group: 'a',
    });
    await batch.succeeded();
    return { seats: [], charge: null };
  }),
  act: async (client) => {
    const id = await submit(client);
    await client.pause(8_000);
    await client.cancel(id);
  },
  assert: (world) => {
    for (const { status, parent, group } of childrenOf(world)) {
      if (status === 'succeeded' && !world.settings.plan)
        throw new Violation('children end with their parent', `${parent?.index} ${status}`);
      if (group !== 'a') throw new Violation('a child is in the group that was said', `${group}`);
    }
  },
};

/** The second one waits behind the first one, and nobody but their parent knows its group. */
const canceledUnclaimed: Scenario = {
  name: 'a child of a group is canceled before its claim, and made again',
  settings,
  arrange: withParent(async (_payload, job) => {
    const batch = await job.spawn('pages', counting, {
      count: 3,
      payload: () => ({ seconds: 5 }),
      group: (index) => (index < 2 ? 'a' : undefined),
    });
    await batch.succeeded();
    return { seats: [], charge: null };
  }),
  act: async (client, world) => {
    const id = await submit(client);
    await client.pause(2_000);
    for (const index of [1, 2]) await client.cancelChild(id, 'pages', index);
    if (!world.settings.plan && childOf(world, 1)?.startedAt !== undefined)
      throw new Violation('a child can be canceled before its claim', 'it has started');
    if (await client.until(id, 'failed')) await client.retry(id);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
    for (const { parent, group, startedAt } of childrenOf(world))
      if (startedAt !== undefined && group !== (parent?.index === 2 ? undefined : 'a'))
        throw new Violation('a child is in the group that was said', `${parent?.index}: ${group}`);
  },
};

export const childGroupScenarios: readonly Scenario[] = [
  canceledUnclaimed,
  inGroups,
  parentInGroup,
  ofItsParent,
  ofAnAncestor,
  retried,
  canceled,
];

export const childGroupMutants: readonly Mutant[] = [
  {
    name: 'a child that is made again has no group before its claim',
    shownBy: canceledUnclaimed.name,
    write: spoiled(['retry'], () => ({ setOnce: {} })),
  },
  {
    name: 'the group of a child is not sent',
    shownBy: inGroups.name,
    ports: (ports, role) =>
      role === 'worker'
        ? {
            ...ports,
            ordered: {
              ...ports.ordered,
              send: (message, delaySeconds) => {
                const { group: _, ...options } = message.options;
                return ports.queue.send({ ...message, options }, delaySeconds);
              },
            },
          }
        : ports,
  },
  {
    name: 'deduplication of a child by its id alone',
    shownBy: retried.name,
    deduplicationId: ({ id }) => id,
  },
  {
    name: 'a child does not know the groups of its ancestors',
    shownBy: ofAnAncestor.name,
    ports: (ports) => ({
      ...ports,
      batches: {
        ...ports.batches,
        create: ({ groups: _, ...root }) => ports.batches.create(root),
      },
    }),
  },
];
