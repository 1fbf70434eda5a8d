import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { recordFigures } from '../figures.js';
import { runPart } from '../run-part.ts';
import { harmless } from './harmless.ts';

/** What `npm run mutants -- --write` found out. */
const names = z
  .array(z.string())
  .parse(JSON.parse(readFileSync(new URL('caught-undisturbed.json', import.meta.url), 'utf8')));

const caught = new Map((await runPart('generated')).map(({ name, caughtBy }) => [name, caughtBy]));
recordFigures('generated mutants', `${caught.size} are caught without a fault`);

test('hundreds of generated mutants are caught without a fault', () => {
  expect(names.length).toBeGreaterThan(500);
});

test.each(names)('the generated mutant "%s" is caught', (name) => {
  expect(caught.get(name)).toBeDefined();
});

test('no mutant that is listed as harmless is caught', () => {
  const listed = harmless.flatMap(({ mutants }) => mutants);
  expect(listed.filter((name) => caught.has(name))).toEqual([]);
});
