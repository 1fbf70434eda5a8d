import { expect, test } from '@jest/globals';
import { enumerate } from './enumerate.ts';
import { noteFigures } from './figures.js';
import { sixHours } from './long-scenarios.ts';

test('no fault in any call of a job of six hours loses or repeats any of it', async () => {
  const { failures, crashPoints, runs } = await enumerate(sixHours);
  noteFigures('six hours', `${crashPoints} crash points, ${runs} runs of 6 virtual hours`);
  expect(failures.map(({ call, fault, error }) => `call ${call}, ${fault}: ${error.message}`)).toEqual([]);
  expect(crashPoints).toBeGreaterThan(200);
});
