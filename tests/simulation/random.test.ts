import { afterAll, expect, test } from '@jest/globals';
import { noteFigures } from './figures.js';
import { playSeed } from './random-scenario.ts';

const seeds = 500;
const perTest = 100;
afterAll(() => noteFigures('random schedules', `${seeds} seeds`));

test.each(Array.from({ length: seeds / perTest }, (_, index) => 1 + index * perTest))(
  'no rule is broken under the seeds from %i on',
  async (first) => {
    const broken: string[] = [];
    for (let seed = first; seed < first + perTest; seed += 1) {
      const error = await playSeed(seed);
      if (error) broken.push(`${error.message} (npm run simulate -- --seed ${seed})`);
    }
    expect(broken).toEqual([]);
  },
);

test('a seed is played the same way every time', async () => {
  const { randomScenario } = await import('./random-scenario.ts');
  const { play } = await import('./scenario.ts');
  const once = async () => {
    const { scenario, settings } = randomScenario(77);
    return (await play(scenario, settings)).trace;
  };
  expect(await once()).toEqual(await once());
});
