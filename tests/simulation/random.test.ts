import { expect, test } from '@jest/globals';
import { recordFigures } from './figures.js';
import { randomScenario } from './random-scenario.ts';
import { randomServers } from './random-servers.ts';
import { runPart } from './run-part.ts';
import { play } from './scenario.ts';

test('random schedules break no rule, without worker servers and with them', async () => {
  const { findings } = await runPart('random');
  recordFigures('random schedules', findings.map(({ name }) => name).join(', '));
  expect(findings.flatMap(({ broken }) => broken)).toEqual([]);
  expect(findings.map(({ runs }) => runs)).toEqual([500, 500]);
});

test.each([randomScenario, randomServers])('a seed is played the same way every time: %p', async (draw) => {
  const once = async () => {
    const { scenario, settings } = draw(77);
    return (await play(scenario, settings)).trace.lines;
  };
  expect(await once()).toEqual(await once());
});
