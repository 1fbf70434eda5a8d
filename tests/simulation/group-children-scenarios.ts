import { contracts } from '../job-types/contracts.ts';
import {
  type Booking,
  childrenOf,
  needsAll,
  order,
  parentOf,
  settings,
  slow,
  withParent,
} from './children-scenarios.ts';
import type { Client } from './client.ts';
import { before } from './interposed-scenarios.ts';
import { purgeWhenWaiting } from './lost-children-scenarios.ts';
import type { Mutant, Ports } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const { counting, booking } = contracts;
const minuteMs = 60_000;

/** A parent, and the job behind it in its group. */
export const submitLine = async (client: Client): Promise<string> => {
  const { job } = await client.insist({ ...order, key: 'parent', group: 'g' });
  await client.insist({ payload: { seconds: 0 }, key: 'next', group: 'g', maxAttempts: 4 });
  return job?.id ?? '';
};

const nextOf = ({ table }: World) =>
  [...table.items.values()].find(({ type, parent }) => type === 'counting' && !parent);

const succeeded = (world: World): void => {
  if (!world.settings.plan) expectStatus(world, 'succeeded', 'canceled');
};

const three: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, {
    count: 3,
    payload: (index) => ({ seconds: 3 * index, ...(index === 2 ? { failFirst: 1 } : {}) }),
  });
  const { succeeded: count, unsuccessful } = await batch.settled();
  return { seats: [`${count} ${unsuccessful}`], charge: null };
};

const waits: Scenario = {
  name: 'a job of a group waits for three children, and the next one waits for it',
  settings,
  arrange: withParent(three),
  act: async (client) => void (await submitLine(client)),
  assert: (world) => {
    const result = parentOf(world)?.result;
    if (result !== undefined && result !== '{"seats":["2 1"],"charge":null}')
      throw new Violation('a parent sees the end of each child', result);
  },
};

/** They end after the parent has looked at them, and before it has stored that it waits. */
const endInBetween: Scenario = {
  name: 'all children of a job of a group end right before it stores that it waits',
  settings,
  arrange: withParent(async (_payload, job) => {
    await job.call('one', counting, { seconds: 1 });
    return { seats: [], charge: null };
  }),
  act: async (client, world) => {
    before(
      world,
      (call) => call === 'sleep',
      () => client.pause(5_000),
      'worker',
    );
    await submitLine(client);
  },
  assert: succeeded,
};

/** So long that the message of the parent comes back by itself, and is hidden again. */
const forLong =
  (childMinutes: number): Booking =>
  async ({ seats: minutes }, job) => {
    if (minutes > 0) await job.waitFor('a while', { until: minutes * 60 });
    else await job.call('one', booking, { seats: childMinutes, waitSeconds: 0 });
    return { seats: [], charge: null };
  };

const comesBack: Scenario = {
  name: 'a job of a group waits for its child for more than an hour',
  settings,
  arrange: withParent(forLong(70)),
  act: async (client) => void (await submitLine(client)),
  assert: succeeded,
};

/** Its message has just been received again, and the item has the receipt handle of before. */
const outdated: Scenario = {
  name: 'the receipt handle of a parent in a group is outdated when its child has ended',
  settings,
  arrange: withParent(forLong(62)),
  act: async (client, world) => {
    before(
      world,
      (call) => call === 'saveReceiptHandle',
      async () => {
        await client.until(childrenOf(world)[0]?.id ?? '', 'succeeded');
        await client.pause(5_000);
      },
      'worker',
    );
    await submitLine(client);
  },
  assert: succeeded,
};

/** Every pointer is lost that says that children have ended. */
const unheard: Scenario = {
  name: 'what wakes a parent in a group is lost',
  settings: { ...settings, net: true, maxAdmissions: 24 },
  faults: ['crash-before', 'crash-after', 'late-effect', 'outage'],
  arrange: withParent(slow),
  act: async (client, world) => {
    await submitLine(client);
    await client.pause(15_000);
    for (let times = 0; times < 60; times += 1) {
      await client.pause(1_000);
      world.waiting.purge();
    }
  },
  assert: succeeded,
};

const canceled: Scenario = {
  name: 'a job of a group is canceled while it waits for its children',
  settings,
  arrange: withParent(slow),
  act: async (client) => {
    const id = await submitLine(client);
    await client.until(id, 'waiting');
    await client.cancel(id);
  },
  assert: (world) => {
    if (world.settings.plan) return;
    for (const { status } of childrenOf(world))
      if (status === 'succeeded') throw new Violation('children end with their parent', status);
    const late = (nextOf(world)?.finishedAt ?? 0) - (parentOf(world)?.finishedAt ?? 0);
    if (late > minuteMs) throw new Violation('a canceled job does not hold up its group', `${late} ms`);
  },
};

/** Its next run is behind the other job. */
const retried: Scenario = {
  name: 'a job of a group fails because its children have, and is retried with them',
  settings,
  arrange: withParent(needsAll),
  act: async (client) => {
    const id = await submitLine(client);
    await client.until(id, 'failed');
    await client.retry(id);
  },
  assert: succeeded,
};

/** The end of its wait must not send another message to a queue without order. */
const timed: Scenario = {
  name: 'a job of a group waits for its children, and for a time',
  settings,
  arrange: withParent(async (_payload, job) => {
    const batch = await job.spawn('pages', counting, { count: 2, payload: () => ({ seconds: 2 }) });
    await Promise.all([batch.succeeded(), job.waitFor('a minute', { until: 60 })]);
    return { seats: [], charge: null };
  }),
  act: async (client) => void (await submitLine(client)),
  assert: succeeded,
};

/** Only the parent can send them again, when its message comes back after a day. */
const purged: Scenario = {
  name: 'the messages of the children of a job of a group are purged',
  settings: {
    ...settings,
    net: true,
    maxAdmissions: 60,
    maxDays: 9,
    batchSize: 1,
    takenOverWithinMs: Number.POSITIVE_INFINITY,
  },
  faults: ['crash-before', 'crash-after', 'late-effect'],
  arrange: withParent(slow),
  act: async (client, world) => {
    purgeWhenWaiting(world);
    await submitLine(client);
  },
};

export const groupChildrenScenarios: readonly Scenario[] = [
  waits,
  endInBetween,
  comesBack,
  outdated,
  unheard,
  canceled,
  retried,
  timed,
  purged,
];

const ofRole =
  (role: string, change: (ports: Ports, world: World) => Ports): Mutant['ports'] =>
  (ports, its, world) =>
    its === role ? change(ports, world) : ports;

export const groupChildrenMutants: readonly Mutant[] = [
  {
    name: 'nobody makes the message of a parent in a group visible',
    shownBy: waits.name,
    ports: ofRole('admission', (ports) => ({
      ...ports,
      ordered: { ...ports.ordered, changeVisibility: async () => {} },
    })),
  },
  {
    name: 'a parent in a group does not look once more when it has stored that it waits',
    shownBy: endInBetween.name,
    ports: ofRole('worker', (ports, world) => ({
      ...ports,
      pointers: {
        ...ports.pointers,
        send: async (pointer, ...rest) => {
          // The last child sends its own one before that, when nobody waits yet.
          if (world.table.items.get(pointer.id)?.awaits === undefined)
            await ports.pointers.send(pointer, ...rest);
        },
      },
    })),
  },
  {
    name: 'the message of a parent in a group is hidden by the receipt handle of an earlier delivery',
    shownBy: comesBack.name,
    write: (write) => (write.transition === 'saveReceiptHandle' ? { ...write, set: {} } : write),
  },
  {
    name: 'a parent lets go of its group while it waits for its children',
    shownBy: waits.name,
    answer: (answer, _event, { whys }) => ({
      batchItemFailures: answer.batchItemFailures.filter(
        ({ itemIdentifier }) => whys.get(itemIdentifier) !== 'it waits in its group',
      ),
    }),
  },
];
