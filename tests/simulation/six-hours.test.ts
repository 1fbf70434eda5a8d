import { expect, test } from '@jest/globals';
import { noteFigures } from './figures.js';
import { runPart, total } from './run-part.ts';

test('no fault in any call of a job of six hours loses or repeats any of it', async () => {
  const findings = await runPart('six-hours');
  const { crashPoints, runs } = total(findings);
  noteFigures('six hours', `${crashPoints} crash points, ${runs} runs of six virtual hours`);
  expect(findings.flatMap(({ broken }) => broken)).toEqual([]);
  expect(crashPoints).toBeGreaterThan(150);
});
