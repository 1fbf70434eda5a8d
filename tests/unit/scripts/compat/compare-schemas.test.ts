import { describe, expect, test } from '@jest/globals';
import type { $ZodType } from 'zod/v4/core';
import { type Comparison, compareSchemas } from '../../../../scripts/compat/compare-schemas.ts';
import '../../../../shared/job/contract.ts';
import { schemaPairs } from './schema-pairs.ts';

const compare = (older: $ZodType, newer: $ZodType): Comparison =>
  compareSchemas({ older, newer }, 'as given');
/** Each of these schemas allows what the other one refuses. */
const bothWays = [
  'a longer tuple',
  'a new field',
  'another format',
  'another type',
  'a whole value of another type',
  'another type deep inside',
  'other items of a list of many',
  'a key of a record less',
];
const withoutIndex = (pointer: string) => pointer.replace(/\/\d+/g, '/*');

describe.each(schemaPairs)('$what', ({ what, loose, strict, pointer: expected, words }) => {
  test('is noticed', () => {
    const { breaks, gaps } = compare(loose, strict);
    expect(breaks.map(({ pointer, message }) => [withoutIndex(pointer), message])).toContainEqual([
      expected,
      expect.stringContaining(words),
    ]);
    expect(gaps).toEqual([]);
  });

  test('breaks something the other way round only if that is stricter too', () => {
    expect(compare(strict, loose).breaks.length > 0).toBe(bothWays.includes(what));
  });

  test('breaks nothing if nothing changes', () => {
    expect([compare(loose, loose).breaks, compare(strict, strict).breaks]).toEqual([[], []]);
  });
});
