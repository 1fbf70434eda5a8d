import { expect, test } from '@jest/globals';
import { recordFigures } from './figures.js';
import { randomScenario } from './random-scenario.ts';
import { runPart } from './run-part.ts';
import { play } from './scenario.ts';

test('random schedules break no rule', async () => {
  const [finding] = await runPart('random');
  recordFigures('random schedules', `${finding?.runs} seeds`);
  expect(finding?.broken).toEqual([]);
  expect(finding?.runs).toBe(500);
});

test('a seed is played the same way every time', async () => {
  const once = async () => {
    const { scenario, settings } = randomScenario(77);
    return (await play(scenario, settings)).trace.lines;
  };
  expect(await once()).toEqual(await once());
});
