import type { Rates } from '../../shared/domain/access/ports.ts';
import { refusalOf } from '../../shared/domain/access/rate.ts';
import { maxOrderedMessages } from '../../shared/domain/base/queue-figures.ts';
import { firstTriesIn } from '../../shared/domain/state/limits/first-tries.ts';
import { contracts } from '../job-types/contracts.ts';
import type { Client } from './client.ts';
import type { Mutant, Ports } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const settings = { jobsPerMinute: 2 };
const order = { payload: { seconds: 1 } };

function expectJobs(world: World, keys: number): void {
  const { size } = world.table.items;
  if (size !== keys) throw new Violation('a key is one job', `${size} jobs of ${keys} keys`);
  expectStatus(world, 'succeeded');
}

async function submitEach(client: Client, keys: readonly string[]): Promise<void> {
  for (const key of keys) await client.insistUntilLetIn({ ...order, key });
}

/** The third one waits, and is let in. */
const waitsAtTheDoor: Scenario = {
  name: 'a tenant submits more jobs than it may a minute',
  settings,
  act: (client) => submitEach(client, ['a', 'b', 'c']),
  assert: (world) => expectJobs(world, 3),
};

/** Its client has lost the answers, and repeats what it has submitted: in a part of the minute in which nothing else comes in. */
const repeats: Scenario = {
  name: 'a tenant that has used up its limit repeats what it has submitted',
  settings,
  act: async (client) => {
    for (let times = 0; times < 2; times += 1) await submitEach(client, ['a', 'b']);
  },
  assert: (world) => expectJobs(world, 2),
};

/** Each comes by two requests at the same time, of which one may use up what the other lacks. */
const atTheSameTime: Scenario = {
  name: 'jobs of a tenant with a limit are submitted twice at the same time',
  settings,
  act: async (client) => {
    const keys = ['a', 'a', 'b', 'b'];
    await Promise.all(keys.map((key) => client.insistUntilLetIn({ ...order, key })));
  },
  assert: (world) => expectJobs(world, 2),
};

/** They go to three queues. */
const otherQueues: Scenario = {
  name: 'a tenant with a limit submits jobs of a group, and jobs that wait',
  settings,
  act: async (client) => {
    await client.insistUntilLetIn({ ...order, key: 'a', group: 'g' });
    await client.insistUntilLetIn({ ...order, key: 'b', delaySeconds: 1_000 });
    await client.insistUntilLetIn({ ...order, key: 'c', group: 'g' });
  },
  assert: (world) => expectJobs(world, 3),
};

/** Each of them is counted, and there is room for both. */
const longQueue: Scenario = {
  name: 'jobs of a group are submitted while their queue is long',
  settings: { orderedMessages: maxOrderedMessages },
  act: async (client) => {
    for (const key of ['a', 'b']) await client.insistUntilLetIn({ ...order, key, group: 'g' });
  },
  assert: (world) => expectJobs(world, 2),
};

/**
 * Each leaves an item, also if a worker has made the job. The fourth one waits until it is let in, and the first one is repeated all the
 * same.
 */
const newKeys: Scenario = {
  name: 'a unique job of a tenant with a limit is submitted under one new key after another',
  settings: { jobsPerMinute: 3 },
  arrange: (world) => {
    const unique = { key: () => 'one', withinSeconds: 30 * 86_400 };
    world.contracts = { ...contracts, counting: { ...contracts.counting, unique } };
  },
  act: (client) => submitEach(client, ['a', 'b', 'c', 'a', 'd', 'a']),
  assert: (world) => expectJobs(world, 1),
};

export const rateScenarios: readonly Scenario[] = [
  newKeys,
  waitsAtTheDoor,
  repeats,
  atTheSameTime,
  otherQueues,
  longQueue,
];

/** Changes how submissions ask for the rate. */
const asking =
  (take: (arrivals: Parameters<Rates['take']>[0], rates: Rates, world: World) => ReturnType<Rates['take']>) =>
  (ports: Ports, role: string, world: World): Ports =>
    role === 'submit'
      ? { ...ports, rates: { ...ports.rates, take: (arrivals) => take(arrivals, ports.rates, world) } }
      : ports;

export const rateMutants: readonly Mutant[] = [
  {
    name: 'a key that nobody knows is taken for one that somebody knows',
    shownBy: newKeys.name,
    ports: (ports, role, { records }) => {
      if (role !== 'submit') return ports;
      const anyTry = async () => {
        const [, keyId] = /^first-try\/(.*)/m.exec([...records.items.keys()].join('\n')) ?? [];
        return keyId === undefined ? undefined : firstTriesIn(records).read(keyId);
      };
      const read: typeof ports.firstTries.read = async (keyId) =>
        (await ports.firstTries.read(keyId)) ?? (await anyTry());
      return { ...ports, firstTries: { ...ports.firstTries, read } };
    },
  },
  {
    name: 'the limit is asked before a replay is looked for',
    shownBy: repeats.name,
    ports: (ports, role, world) => {
      const { jobsPerMinute: max } = world.settings;
      if (role !== 'submit' || max === undefined) return ports;
      const read: typeof ports.store.read = async (id) => {
        const rate = { limit: 'jobsPerMinute', max, now: world.time.now } as const;
        const { taken, arrivesAt } = await ports.rates.take({ tenant: 'someone', wanted: 1, ...rate });
        if (taken === 0) throw refusalOf(arrivesAt, rate);
        return ports.store.read(id);
      };
      const rates = { ...ports.rates, take: async () => ({ taken: 1, arrivesAt: 0 }) };
      return { ...ports, rates, store: { ...ports.store, read } };
    },
  },
  {
    name: 'a job is let in when it is sent',
    shownBy: waitsAtTheDoor.name,
    ports: asking(async (arrivals, rates, { time }) => {
      time.after(1_000, () => void rates.take(arrivals).catch(() => undefined));
      return { taken: arrivals.wanted, arrivesAt: 0 };
    }),
  },
  {
    name: 'nobody waits until a job is let in',
    shownBy: waitsAtTheDoor.name,
    ports: asking(async (arrivals, rates) => {
      void rates.take(arrivals).catch(() => undefined);
      return { taken: arrivals.wanted, arrivesAt: 0 };
    }),
  },
  {
    name: 'a job comes in if the rate cannot be written',
    shownBy: waitsAtTheDoor.name,
    ports: asking(async (arrivals, rates) => {
      return rates.take(arrivals).catch(() => ({ taken: arrivals.wanted, arrivesAt: 0 }));
    }),
  },
  {
    name: 'a job of a group comes in if it cannot be counted while its queue is long',
    shownBy: longQueue.name,
    ports: asking((arrivals, rates) =>
      rates.take(arrivals).catch(() => ({ taken: arrivals.wanted, arrivesAt: 0 })),
    ),
  },
  {
    name: 'what is full lets in one more',
    shownBy: waitsAtTheDoor.name,
    ports: asking(async (arrivals, rates) => {
      const { arrivesAt } = await rates.take(arrivals);
      return { taken: arrivals.wanted, arrivesAt };
    }),
  },
];
