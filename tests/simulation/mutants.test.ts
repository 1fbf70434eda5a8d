import { expect, test } from '@jest/globals';
import { recordFigures } from './figures.js';
import { runPart } from './run-part.ts';

const { findings } = await runPart('written');
const caught = findings.flatMap(({ name, caughtBy }) => (caughtBy ? [`${name}: ${caughtBy}`] : []));
recordFigures('mutants', [`${caught.length} of ${findings.length} caught, by`, ...caught].join('\n    '));

test.each(findings)('the mutant "$name" is caught', ({ broken, caughtBy }) => {
  expect(broken).toEqual([]);
  expect(caughtBy).toBeDefined();
});
