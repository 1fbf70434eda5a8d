import { RetryAfterError } from '../../shared/domain/base/errors.ts';
import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import type { Client, Order } from './client.ts';
import { type FaultPlan, faults } from './faults.ts';
import { waitingFigures } from './limits.ts';
import { Extras } from './random-extras.ts';
import { withForces } from './random-forces.ts';
import { withForgetting } from './random-forgetting.ts';
import { withTroubles } from './random-troubles.ts';
import { play, type Scenario } from './scenario.ts';
import type { World } from './world.ts';
import type { WorldSettings } from './world-settings.ts';

/** A counting of this length sleeps, except for its last seconds. */
const asleepSeconds = 45;

/** @param waitSeconds what some jobs of each seed ask for, once in each run. 0: none does */
const sleepingIfAsked =
  ({ handlers: { counting }, table }: World, waitSeconds: number): World['handlers']['counting'] =>
  async (payload, job) => {
    const isPutOff = waitSeconds > 0 && payload.seconds % 2 === 1;
    if (isPutOff && table.items.get(job.id)?.waitedMs === undefined) throw new RetryAfterError(waitSeconds);
    const passed = payload.seconds - 3;
    if (payload.seconds === asleepSeconds && !job.resume) await job.sleep(passed, { passed });
    return counting(payload, job);
  };

/** In an outage everybody calls again and again, and each call may begin the next one. That must come to an end. */
const maxFaultyCalls = 5_000;

/** A scenario that is drawn at random, with the faults of its calls. It can be played once. */
export interface SeededScenario {
  readonly scenario: Scenario;
  readonly settings: WorldSettings;
}

/** The scenario of a seed: a few clients with random calls, random faults, and perhaps trouble around. */
export const randomScenario = (seed: number): SeededScenario =>
  withForces(withForgetting(withTroubles(callsAndFaults(seed), seed), seed), seed);

function callsAndFaults(seed: number): SeededScenario {
  const random = new SeededRandom(seed);
  const plan = randomFaults(random);
  const people = 1 + random.below(4);
  // From a source of their own, so that a seed without them is what it was before there were any.
  const extras = new Extras(seed);
  const waitSeconds = new SeededRandom(seed + 2 ** 29).pick([0, 0, 0, 20, 2_000]);
  return {
    scenario: {
      name: `seed ${seed}`,
      arrange: (world) => {
        world.handlers = { ...world.handlers, counting: sleepingIfAsked(world, waitSeconds) };
      },
      act: async (client, world) => {
        await Promise.all(Array.from({ length: people }, () => person(client, world, { random, extras })));
      },
    },
    settings: { ...randomSettings(seed, random, extras), plan },
  };
}

/** In some seeds none, in others many. */
export function randomFaults(random: SeededRandom): FaultPlan {
  const often = random.pick([0, 0.01, 0.05, 0.15]);
  return ({ number }) =>
    random.chance(number < maxFaultyCalls ? often : 0) ? random.pick(faults) : undefined;
}

/** How the queues, Scheduler and the clocks behave. */
export const randomSettings = (seed: number, random: SeededRandom, extras: Extras): WorldSettings => ({
  seed: seed + 1,
  // A job of a group that waits for an hour comes again every twelve seconds, where failed messages come back at once.
  maxSteps: 60_000,
  // Each delivery of each copy of a message may send the job on.
  maxAdmissions: Number.POSITIVE_INFINITY,
  // The worker that had to change the visibility may have crashed, too.
  takenOverWithinMs: Number.POSITIVE_INFINITY,
  chaos: random.chance(0.8),
  takesOutdatedHandles: random.chance(0.5),
  miscount: new SeededRandom(seed + 2 ** 24).pick([0, 0, 0.1, 0.4]),
  keepPayload: new SeededRandom(seed + 2 ** 23).chance(0.3),
  failedComeBackAtOnce: random.chance(0.3),
  batchSize: random.pick([1, 3, 10]),
  scheduler: extras.scheduler,
  ...(extras.areNotified ? { notify: [{ url: 'https://receiver.example/' }, { event: true }] } : {}),
  figures: waitingFigures,
  // Without it, the schedules and the wakes must be enough.
  net: extras.net,
});

interface Chance {
  readonly random: SeededRandom;
  readonly extras: Extras;
}

async function person(client: Client, world: World, { random, extras }: Chance): Promise<void> {
  for (let jobs = 1 + random.below(3); jobs > 0; jobs -= 1) {
    await client.pause(random.below(30_000));
    const payload = {
      // The last but one sleeps first. The last takes longer than an invocation.
      seconds: random.pick([0, 1, 3, 9, 20, asleepSeconds, 70]),
      ...(random.chance(0.5) ? { failFirst: random.below(4) } : {}),
    };
    const usual = { payload, maxAttempts: 1 + random.below(4), ...inTime(client, random) };
    const order = { ...usual, ...extras.order(world, usual) };
    const answer = random.chance(0.5)
      ? await client.insist({ key: `key ${random.below(3)}`, ...order })
      : await client.submit(order);
    if (random.chance(0.05)) world.queue.send('unreadable');
    if (!answer.job) continue;
    await meddle(answer.job.id, client, random);
    await extras.erase(answer.job.id, client, world);
  }
}

/** After other jobs, after a delay, or in a group. */
function inTime(client: Client, random: SeededRandom): Order {
  if (random.chance(0.3)) return { group: random.pick(['one', 'two']) };
  const others = [...client.accepted.keys()].filter(() => random.chance(0.5));
  return {
    ...(random.chance(0.4) ? { dependsOn: others.slice(0, 4) } : {}),
    ...(random.chance(0.2) ? { delaySeconds: random.pick([1, 20, 2_000]) } : {}),
  };
}

async function meddle(id: string, client: Client, random: SeededRandom): Promise<void> {
  for (let times = random.below(4); times > 0; times -= 1) {
    await client.pause(random.below(20_000));
    if (random.chance(0.5)) await client.cancel(id);
    else if (random.chance(0.7)) await client.until(id, 'failed', 'canceled');
    await client.retry(id);
  }
}

/** Plays a seed. @returns the rule that it broke, if any */
export async function playSeed(
  seed: number,
  draw: (seed: number) => SeededScenario = randomScenario,
): Promise<(Error & { trace?: readonly string[] }) | undefined> {
  const { scenario, settings } = draw(seed);
  try {
    await play(scenario, settings);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
