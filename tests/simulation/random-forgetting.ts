import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import type { SeededScenario } from './random-scenario.ts';

const dayMs = 24 * 3600_000;
/** DynamoDB removes an item within some days after its time. */
const lateDays = [0, 0, 2];
/** At each call. At less than 1, some reads still show what others do not find any more. */
const chances = [1, 0.3, 0.02];

/** In most of the seeds the tables forget what is past its `expiresAt`. */
export function withForgetting({ scenario, settings }: SeededScenario, seed: number): SeededScenario {
  const random = new SeededRandom(seed + 2 ** 22);
  if (!random.chance(0.7)) return { scenario, settings: { ...settings, startsSoon: true } };
  const forgets = { afterMs: random.pick(lateDays) * dayMs, chance: random.pick(chances) };
  return { scenario, settings: { ...settings, startsSoon: true, forgets } };
}
