import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod/mini';
import type { $ZodType } from 'zod/v4/core';
import { compareSchemas } from '../../../../scripts/compat/compare-schemas.ts';
import { schemaPairs } from './schema-pairs.ts';

type Wrap = (inner: $ZodType) => $ZodType;

/** Where a part of a payload may be. All of them leave open what is in it. */
const wraps: Readonly<Record<string, Wrap>> = {
  'a field': (inner) => z.strictObject({ before: z.string(), inner, after: z.optional(z.int()) }),
  'a field of an open object': (inner) => z.object({ inner }),
  'a field that may be absent': (inner) => z.strictObject({ inner: z.optional(inner), other: z.boolean() }),
  'a value or null': (inner) => z.nullable(inner),
  'an item': (inner) => z.array(inner),
  'one of many items': (inner) => z.array(inner).check(z.minLength(2), z.maxLength(20)),
  'a part of a tuple': (inner) => z.tuple([z.string(), inner]),
  'the rest of a tuple': (inner) => z.tuple([z.string()], inner),
  'a value of a record': (inner) => z.record(z.string(), inner),
  'a value of a record with known keys': (inner) => z.record(z.enum(['a', 'b']), inner),
  'an alternative': (inner) =>
    z.union([z.strictObject({ by: z.literal('other') }), z.strictObject({ by: z.literal('this'), inner })]),
  'one of several fields': (inner) => z.intersection(z.object({ a: z.int() }), z.object({ inner })),
  'a lazy one': (inner) => z.lazy(() => inner),
  'one that is read only': (inner) => z.readonly(inner),
};

const chosen = fc.record({
  pair: fc.constantFrom(...schemaPairs),
  names: fc.array(fc.constantFrom(...Object.keys(wraps)), { minLength: 1, maxLength: 2 }),
});
const wrapped = (schema: $ZodType, names: readonly string[]): $ZodType =>
  names.reduce((inner, name) => wraps[name]?.(inner) ?? inner, schema);

test('a change is noticed wherever it is, and what does not change breaks nothing', () => {
  fc.assert(
    fc.property(chosen, ({ pair: { loose, strict }, names }) => {
      const [older, newer] = [wrapped(loose, names), wrapped(strict, names)];
      expect(compareSchemas({ older, newer }, 'as given').breaks).not.toEqual([]);
      expect(compareSchemas({ older, newer: older }, 'as given')).toEqual({
        breaks: [],
        gaps: [],
        revealed: [],
      });
      expect(compareSchemas({ older: newer, newer }, 'as parsed').breaks).toEqual([]);
    }),
  );
});
