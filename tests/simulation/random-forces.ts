import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import { maxStills } from './forces.ts';
import { atRandomTimes } from './random-extras.ts';
import type { SeededScenario } from './random-scenario.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;
/** How many seeds have them. The others are what they were before there were any. */
const share = 0.4;

const standStillMs = 20 * minuteMs;

/**
 * What AWS may do, and seldom does, in some of the seeds: deleted messages come again, a batch has a message twice, indexes follow the table
 * minutes later, clocks are ten minutes apart, and a process, or all receivers of a queue, stand still for twenty.
 */
export function withForces({ scenario, settings }: SeededScenario, seed: number): SeededScenario {
  const random = new SeededRandom(seed + 2 ** 18);
  if (!random.chance(share)) return { scenario, settings };
  const comesAgain = random.pick([0, 0.05, 0.3]);
  const twins = random.pick([0, 0.1, 0.4]);
  const indexLagMs = random.pick([0, 2, 8]) * minuteMs;
  const clocksDifferMs = random.chance(0.3) ? 10 * minuteMs : (settings.clocksDifferMs ?? 0);
  const stills = random.below(maxStills + 1);
  return {
    scenario: {
      ...scenario,
      act: async (client, world) => {
        const act = () => standStill(world, random);
        await Promise.all([scenario.act(client, world), atRandomTimes(stills, client, { random, act })]);
      },
    },
    settings: {
      ...settings,
      clocksDifferMs,
      forces: { comesAgain, twins, indexLagMs, standStillMs: stills > 0 ? standStillMs : 0 },
      // What an index does not know yet, and what a clock that is behind takes for one that has time, the next look finds.
      net: true,
    },
  };
}

/** A worker, a server, or another receiver of a queue. */
function standStill(world: World, random: SeededRandom): void {
  const { queue, single, ordered, waiting, notifying, slowNotifying, workers } = world;
  const living = workers.filter(({ isDead }) => !isDead);
  if (living.length > 0 && random.chance(0.5)) {
    random.pick(living).freeze(standStillMs);
    return;
  }
  const still = random.pick([queue, single, ordered, waiting, notifying, slowNotifying]);
  world.say(`nobody receives from ${still.name}`);
  still.standStill(standStillMs);
}
