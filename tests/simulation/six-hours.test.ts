import { expect, test } from '@jest/globals';
import { recordFigures } from './figures.js';
import { runPart, total } from './run-part.ts';

test('a job of six hours loses nothing and repeats nothing, whatever fault any of its calls has', async () => {
  const findings = await runPart('six-hours');
  const { crashPoints, runs } = total(findings);
  recordFigures('six hours', `${crashPoints} crash points, ${runs} runs of six virtual hours`);
  expect(findings.flatMap(({ broken }) => broken)).toEqual([]);
  expect(crashPoints).toBeGreaterThan(150);
});
