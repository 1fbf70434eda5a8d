import { expect, test } from '@jest/globals';
import { recordFigures } from '../figures.js';
import { generatedPlaces, readPlaces } from '../place.ts';
import { runPart } from '../run-part.ts';
import { harmless } from './harmless.ts';

/** What `npm run mutants -- --write` found out. */
const names = [...readPlaces(generatedPlaces).keys()];

const { findings, text } = await runPart('generated');
const caught = new Map(findings.map(({ name, caughtBy }) => [name, caughtBy]));
recordFigures('generated mutants', `${caught.size} are caught in ${text}`);

test('hundreds of generated mutants are caught', () => {
  expect(names.length).toBeGreaterThan(700);
});

test.each(names)('the generated mutant "%s" is caught', (name) => {
  expect(caught.get(name)).toBeDefined();
});

test('no mutant that is listed as harmless is caught', () => {
  const listed = harmless.flatMap(({ mutants }) => mutants);
  expect(listed.filter((name) => caught.has(name))).toEqual([]);
});
