import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import { startOfTime } from '../../testkit/play/virtual-time.ts';
import { stories, timesLonger } from './days-stories.ts';
import { type FaultPlan, noFaults } from './faults.ts';
import { randomFamilies } from './random-families.ts';
import { randomMixtures } from './random-mixtures.ts';
import { randomScenario, type SeededScenario } from './random-scenario.ts';
import { randomServers } from './random-servers.ts';
import type { World } from './world.ts';

const dayMs = 24 * 3600_000;

/**
 * What waits for days is looked at, and each stray copy of its message is sent again, every quarter of an hour. So there are some duplicates and
 * some faults at first, and more faults with each day.
 */
const maxDuplicates = 20;
const faultsAtFirst = 40;
const faultsADay = 3;
/** Jobs of a group that wait come again and again meanwhile. */
const maxSteps = 400_000;
const maxDays = 4_000;

/** The same seeds with all waits a thousand times as long: days and the TTL of tables matter. Beside each is a story of days. */
export const inDays =
  (draw: (seed: number) => SeededScenario) =>
  (seed: number): SeededScenario => {
    const { scenario, settings } = draw(seed);
    const random = new SeededRandom(seed + 2 ** 21);
    const story = random.pick(stories);
    const storyPlan = story.plan?.(random);
    let world: World | undefined;
    const budget = () =>
      faultsAtFirst + (faultsADay * ((world?.time.now ?? startOfTime) - startOfTime)) / dayMs;
    return {
      scenario: {
        ...scenario,
        arrange: (made) => {
          world = made;
          scenario.arrange?.(made);
          story.arrange(made);
        },
        act: async (client, made) => {
          await Promise.all([scenario.act(client, made), story.act(client, random)]);
        },
      },
      settings: {
        ...settings,
        ...{ timesWaits: timesLonger, maxDuplicates, maxSteps, maxDays, net: true },
        plan: bothPlans(limited(settings.plan, budget), (call) => world && storyPlan?.(call, world)),
      },
    };
  };

const bothPlans =
  (one: FaultPlan = noFaults, other: FaultPlan = noFaults): FaultPlan =>
  (call) =>
    one(call) ?? other(call);

function limited(plan: FaultPlan = noFaults, budget: () => number): FaultPlan {
  let made = 0;
  return (call) => {
    const fault = made < budget() ? plan(call) : undefined;
    if (fault) made += 1;
    return fault;
  };
}

const families = [randomScenario, randomFamilies, randomMixtures, randomServers];

/** Days of all families in turns. */
export const randomDays = (seed: number): SeededScenario =>
  inDays(families[seed % families.length] ?? randomScenario)(seed);
