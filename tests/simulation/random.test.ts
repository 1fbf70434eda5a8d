import { expect, test } from '@jest/globals';
import { recordFigures } from './figures.js';
import { runPart } from './run-part.ts';

const { findings, text } = await runPart('random');
const [functions, servers, families, mixtures, days, ...again] = findings;

test.each([functions, servers, families, mixtures, days])(
  'random schedules break no rule: $name',
  (finding) => {
    expect(finding?.broken).toEqual([]);
    expect(finding?.cases).toBe(500);
    // An eighth, half as many of days, or all.
    expect(finding === days ? [31, 32, 500] : [62, 63, 500]).toContain(finding?.runs);
  },
);

test.each(again)('a seed is played the same way every time: $name', ({ broken, runs }) => {
  expect(broken).toEqual([]);
  expect(runs).toBe(2);
});

test('there were seeds, and some of them twice', () => {
  recordFigures(
    'random schedules',
    `${[functions, servers, families, mixtures, days].map((one) => one?.name).join()}: ${text}`,
  );
  expect(again).toHaveLength(4);
});

const mutants = await runPart('mutantsBySeed');

test.each(mutants.findings)('the mutant "$name" is caught by a seed', ({ broken, caughtBy }) => {
  expect(broken).toEqual([]);
  expect(caughtBy).toBeDefined();
});
