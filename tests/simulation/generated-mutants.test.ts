import { expect, test } from '@jest/globals';
import { recordFigures } from './figures.js';
import { caughtMutants, tableMutants } from './generated-mutants.ts';
import { runPart } from './run-part.ts';

const findings = await runPart('generated');
recordFigures('generated mutants', `${findings.length} of ${tableMutants.length} are played`);

test('every mutant that is said to be caught is one of those generated', () => {
  expect(findings.map(({ name }) => name).sort()).toEqual([...caughtMutants].sort());
  expect(findings.length).toBeGreaterThan(60);
});

test.each(findings)('the generated mutant "$name" is caught', ({ broken, caughtBy }) => {
  expect(broken).toEqual([]);
  expect(caughtBy).toBeDefined();
});
