import { expect, test } from '@jest/globals';
import { recordFigures } from './figures.js';
import { harmless } from './generated/harmless.ts';
import { generatedPlaces, mutantsInTurn, readPlaces } from './place.ts';
import { runPart } from './run-part.ts';

const { findings, text } = await runPart('mutants');
const written = findings.filter(({ isGenerated }) => !isGenerated);
const generated = new Map(
  findings.flatMap(({ name, isGenerated, caughtBy }) => (isGenerated ? [[name, caughtBy] as const] : [])),
);
const caught = written.flatMap(({ name, caughtBy }) => (caughtBy ? [`${name}: ${caughtBy}`] : []));
recordFigures('mutants', [`${caught.length} of ${written.length} caught, by`, ...caught].join('\n    '));
recordFigures('generated mutants', `${generated.size} are caught in ${text}`);

/** What `npm run mutants -- --write` found out. */
const all = [...readPlaces(generatedPlaces).keys()];

test.each(written)('the mutant "$name" is caught', ({ broken, caughtBy }) => {
  expect(broken).toEqual([]);
  expect(caughtBy).toBeDefined();
});

test('hundreds of generated mutants are caught', () => {
  expect(all.length).toBeGreaterThan(1_000);
});

test.each(mutantsInTurn(all))('the generated mutant "%s" is caught', (name) => {
  expect(generated.get(name)).toBeDefined();
});

test('no mutant that is listed as harmless is caught', () => {
  const listed = harmless.flatMap(({ mutants }) => mutants);
  expect(listed.filter((name) => generated.has(name))).toEqual([]);
});
