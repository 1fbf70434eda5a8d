import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import type { FaultPlan } from './faults.ts';
import { atRandomTimes } from './random-extras.ts';
import { makeOneIll, writingFiles } from './random-ills.ts';
import { randomScenario, type SeededScenario } from './random-scenario.ts';
import type { ServerSettings } from './servers.ts';
import type { World } from './world.ts';

/**
 * More would keep the system busy for ever: a server polls as long as it cannot reach its queue, and each call may begin
 * another outage.
 */
const maxFaults = 60;

/** The scenario of a seed, with worker servers that are stopped now and then. */
export const randomServers = (seed: number): SeededScenario => withServers(randomScenario(seed), seed);

/** The same scenario, with such servers. */
export function withServers({ scenario, settings }: SeededScenario, seed: number): SeededScenario {
  const random = new SeededRandom(seed + 2 ** 30);
  const stops = random.below(6);
  // From a source of their own, so that a seed without them is what it was before there were any.
  const ofIlls = new SeededRandom(seed + 2 ** 25);
  const ills = ofIlls.chance(0.4) ? 1 + ofIlls.below(4) : 0;
  return {
    scenario: {
      ...scenario,
      arrange: (world) => {
        scenario.arrange?.(world);
        if (ills > 0) writingFiles(world);
      },
      act: async (client, world) => {
        await Promise.all([
          scenario.act(client, world),
          atRandomTimes(stops, client, { random, act: () => stopServers(world, random) }),
          atRandomTimes(ills, client, { random: ofIlls, act: () => makeOneIll(world, ofIlls) }),
        ]);
      },
    },
    settings: {
      ...settings,
      servers: someServers(random),
      plan: limited(settings.plan),
      hasIlls: ills > 0,
    },
  };
}

const someServers = (random: SeededRandom): ServerSettings => ({
  polls: random.pick(['queue', 'queue', 'ordered']),
  count: 1 + random.below(3),
  maxJobs: 1 + random.below(4),
  drainMs: random.pick([0, 2_000, 10_000]),
  besideLambda: random.chance(0.5),
});

function limited(plan: FaultPlan = () => undefined): FaultPlan {
  let left = maxFaults;
  return (call) => {
    const fault = left > 0 ? plan(call) : undefined;
    if (fault) left -= 1;
    return fault;
  };
}

function stopServers({ servers }: World, random: SeededRandom): void {
  if (random.chance(0.3)) servers?.stopAll();
  else servers?.stop();
}
