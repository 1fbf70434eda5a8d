import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import { contracts } from '../job-types/contracts.ts';
import type { Answer, Client, Order } from './client.ts';
import { expectRate, startsIn } from './limit-scenarios.ts';
import { maxDepth, mixedHandlers, mixedTypes, plans } from './mixture-types.ts';
import { pause, resume } from './pause-scenarios.ts';
import { atRandomTimes, Extras } from './random-extras.ts';
import { withForces } from './random-forces.ts';
import { withForgetting } from './random-forgetting.ts';
import { randomFaults, randomSettings, type SeededScenario } from './random-scenario.ts';
import { withServers } from './random-servers.ts';
import { withTroubles } from './random-troubles.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;

/**
 * The scenario of a seed in which features meet: jobs with limits of starts and places, their parents, answers with ends, and debounced
 * jobs, which people cancel, retry, erase, answer, replace and ask for again, while an operator pauses what starts.
 */
export function randomMixtures(seed: number): SeededScenario {
  const mixture = withForgetting(withTroubles(callsAndFaults(seed), seed), seed);
  return withForces(seed % 5 === 0 ? withServers(mixture, seed) : mixture, seed);
}

function callsAndFaults(seed: number): SeededScenario {
  const random = new SeededRandom(seed + 2 ** 19);
  const extras = new Extras(seed);
  const types = mixedTypes(random);
  const people = 1 + random.below(3);
  const pauses = random.below(3);
  return {
    scenario: {
      name: `mixture ${seed}`,
      arrange: (world) => {
        const { counting, booking, sheet } = types;
        world.contracts = { ...contracts, counting, booking, 'contact-sheet': sheet };
        world.handlers = { ...world.handlers, ...mixedHandlers(world, types) };
      },
      act: async (client, world) => {
        const chance = { random, extras };
        await Promise.all([
          ...Array.from({ length: people }, () => person(client, world, chance)),
          atRandomTimes(pauses, client, { random, act: () => void pauseOne(world, random) }),
          family(client, world, random),
        ]);
      },
      assert: (world) => {
        if (types.rate) expectRate(startsIn(world, { type: 'counting' }), types.rate);
      },
    },
    settings: {
      ...randomSettings(seed, random, extras),
      plan: randomFaults(random),
      // A group may wait for hours behind a start of which there is one in twenty minutes.
      maxSteps: 250_000,
      pauses: true,
      // What a pause has held, and a line whose wake was lost, only `overdue` finds.
      net: true,
    },
  };
}

interface Chance {
  readonly random: SeededRandom;
  readonly extras: Extras;
}

/** Submits jobs of all kinds, and meddles with them. */
async function person(client: Client, world: World, { random, extras }: Chance): Promise<void> {
  for (let jobs = 1 + random.below(3); jobs > 0; jobs -= 1) {
    await client.pause(random.below(30_000));
    const submit = random.pick([aCount, aCount, aParent, aParent, aSheet]);
    const { job } = await submit(client, world, { random, extras });
    if (!job) continue;
    await meddle(job.id, client, random);
    await extras.erase(job.id, client, world);
  }
}

type Submit = (client: Client, world: World, chance: Chance) => Promise<Answer>;

const aCount: Submit = (client, world, { random, extras }) => {
  const order: Order = {
    payload: {
      seconds: random.pick([0, 1, 3, 9, 20]),
      ...(random.chance(0.3) ? { failFirst: random.below(3) } : {}),
    },
    maxAttempts: 1 + random.below(4),
    ...inTime(client, random),
  };
  return client.insist({ key: `count ${random.below(6)}`, ...order, ...extras.order(world, order) });
};

const aParent: Submit = (client, _world, { random }) =>
  client.insist({
    key: `parent ${random.below(4)}`,
    type: 'booking',
    payload: { seats: random.below(plans), waitSeconds: random.below(maxDepth + 1) },
    maxAttempts: 1 + random.below(4),
    ...(random.chance(0.2) ? { group: 'parents' } : {}),
  });

/** Each submission has a payload of its own, and some are replaced by the next one. */
const aSheet: Submit = async (client, _world, { random }) => {
  const failing = Array.from({ length: random.below(2) }, () => 0);
  const submit = () => {
    const count = random.below(100_000);
    const order = { type: 'contact-sheet', payload: { count, type: 'counting', failing } };
    return random.chance(0.5)
      ? client.insist({ ...order, key: `sheet ${count}` })
      : client.insistOnUnique(order);
  };
  let answer = await submit();
  for (let times = random.below(3); times > 0; times -= 1) {
    await client.pause(random.below(10_000));
    answer = await submit();
  }
  return answer;
};

/** In a group, behind others, or after a delay. */
function inTime(client: Client, random: SeededRandom): Order {
  if (random.chance(0.2)) return { group: random.pick(['one', 'two']) };
  const others = [...client.accepted.keys()].filter(() => random.chance(0.3));
  return {
    ...(random.chance(0.3) ? { dependsOn: others.slice(0, 3) } : {}),
    ...(random.chance(0.2) ? { delaySeconds: random.pick([1, 20, 2_000]) } : {}),
  };
}

async function meddle(id: string, client: Client, random: SeededRandom): Promise<void> {
  for (let times = random.below(4); times > 0; times -= 1) {
    await client.pause(random.below(20_000));
    if (random.chance(0.4)) await answer(id, client, random);
    if (random.chance(0.4)) await client.cancel(id);
    else if (random.chance(0.7)) await client.until(id, 'failed', 'canceled');
    await client.retry(id);
  }
}

const answer = (id: string, client: Client, random: SeededRandom): Promise<Answer> =>
  client.signal(id, { name: 'approve', key: 'first', value: { isOk: random.chance(0.8) } });

/** Cancels children, and asks for them again. */
async function family(client: Client, { batches, table }: World, random: SeededRandom): Promise<void> {
  for (let times = random.below(6); times > 0; times -= 1) {
    await client.pause(random.below(30_000));
    const roots = [...batches.roots.values()].filter(({ count, parent }) => {
      const { status } = table.items.get(parent) ?? {};
      return count > 0 && status && !isTerminal(status);
    });
    if (roots.length === 0) continue;
    const { parent, key, count } = random.pick(roots);
    const index = random.below(count);
    const act = random.pick([
      () => client.cancelChild(parent, key, index),
      () => client.retryChild(parent, key, index),
      () => client.retryChildren(parent, key),
      () => client.cancel(parent),
    ]);
    await act();
  }
}

/** Nobody reaches the table for so long. */
const maxPauseMs = 60 * minuteMs;

/** For some time, or until an operator resumes it. */
async function pauseOne(world: World, random: SeededRandom): Promise<void> {
  const name = random.pick([
    'type:counting',
    'type:booking',
    'type:contact-sheet',
    'tenant:someone',
    'stage',
  ]);
  const forMs = random.pick([0.1, 1, 15]) * minuteMs;
  world.say(`an operator pauses ${name}`);
  if (random.chance(0.5)) return pause(world, name, { forMs });
  await pause(world, name, { forMs: maxPauseMs });
  await world.time.pause(forMs);
  await resume(world, name);
}
