import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import { randomScenario, type SeededScenario } from './random-scenario.ts';
import { randomServers } from './random-servers.ts';

const minuteMs = 60_000;

/** The scenario of a seed, with two builds in turns: as while a deployment rolls out, and after a rollback. */
export function randomBuilds(seed: number): SeededScenario {
  // In a third of the seeds there are worker servers, too.
  const { scenario, settings } = (seed % 3 === 0 ? randomServers : randomScenario)(seed);
  const random = new SeededRandom(seed + 2 ** 28);
  const share = random.pick([0.3, 0.7, 1]);
  return {
    scenario,
    settings: {
      ...settings,
      builds: {
        older: random.pick([0.2, 0.5, 0.9]),
        forMs: random.pick([1, 5, 30, 300]) * minuteMs,
        isNew: ({ fingerprint }) => new SeededRandom(seedOf(fingerprint)).chance(share),
        seed,
      },
    },
  };
}

const seedOf = (text: string): number =>
  [...text].reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) % 2 ** 31, 7);
