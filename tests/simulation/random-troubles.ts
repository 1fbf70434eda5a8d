import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import { atRandomTimes } from './random-extras.ts';
import { withLargeJobs } from './random-large.ts';
import type { SeededScenario } from './random-scenario.ts';
import type { Scenario } from './scenario.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;

/** How many seeds have troubles around the table and the queues. The others are what they were before there were any. */
const share = 0.4;

/**
 * What goes wrong around the table and the queues, in some of the seeds: clocks that differ by minutes, and a bucket or
 * Scheduler that is slow, or out of reach for minutes.
 */
export function withTroubles({ scenario, settings }: SeededScenario, seed: number): SeededScenario {
  const random = new SeededRandom(seed + 2 ** 27);
  if (!random.chance(share)) return { scenario, settings };
  const clocksDifferMs = random.pick([0, 0, 2, 10]) * minuteMs;
  const slowBucketMs = random.pick([0, 0, 2_500, 15_000]);
  const outages = random.below(4);
  // Who receives the dead letter of a schedule by a clock that is behind takes the job for one that has time: the net finds it.
  const isMisjudged = clocksDifferMs > 0 && settings.scheduler?.isCutOff === true;
  const troubled: Scenario = {
    ...scenario,
    act: async (client, world) => {
      const act = () => breakOne(world, random);
      await Promise.all([scenario.act(client, world), atRandomTimes(outages, client, { random, act })]);
    },
  };
  return {
    scenario: random.chance(0.6) ? withLargeJobs(troubled, new SeededRandom(seed + 2 ** 26)) : troubled,
    settings: { ...settings, clocksDifferMs, slowBucketMs, net: settings.net || isMisjudged },
  };
}

/** Nobody reaches the bucket, or Scheduler, for some time. */
function breakOne(world: World, random: SeededRandom): void {
  const port = random.pick(['bucket', 'scheduler'] as const);
  world.say(`nobody reaches the ${port}`);
  world.outages.set(port, world.time.now + random.pick([0.2, 1, 10]) * minuteMs);
}
