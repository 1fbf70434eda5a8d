import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { $ZodType } from 'zod/v4/core';
import { makeSamples } from '../../../../scripts/compat/make-samples.ts';

const samplesOf = (schema: $ZodType) => makeSamples(schema, []).values;
const gapsIn = (schema: $ZodType) =>
  makeSamples(schema, []).gaps.map(({ pointer, why }) => `${pointer}: ${why}`);

test('numbers are at both bounds, and texts of both lengths', () => {
  const schema = z.strictObject({
    count: z.int().check(z.gte(3), z.lte(9)),
    name: z.string().check(z.minLength(2), z.maxLength(5)),
  });
  const samples = z.array(schema).parse(samplesOf(schema));
  const counts = samples.map(({ count }) => count);
  const lengths = samples.map(({ name }) => name.length);
  expect([Math.min(...counts), Math.max(...counts)]).toEqual([3, 9]);
  expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([2, 5]);
});

test('a field that is optional is absent alone, and with all others', () => {
  const schema = z.strictObject({ a: z.optional(z.int()), b: z.optional(z.int()), c: z.int() });
  const keys = samplesOf(schema).map((sample) => Object.keys(Object(sample)).join(''));
  expect(new Set(keys)).toEqual(new Set(['abc', 'bc', 'ac', 'c']));
});

test.each<[string, $ZodType, readonly unknown[]]>([
  ['every value of an enum', z.enum(['a', 'b', 'c']), ['a', 'b', 'c']],
  ['every literal', z.literal(['a', 1, null]), ['a', 1, null]],
  ['both booleans, and null', z.nullable(z.boolean()), [true, false, null]],
  ['every alternative', z.union([z.literal('a'), z.boolean()]), ['a', true, false]],
  [
    'a list that is empty, and one that is full',
    z.array(z.null()).check(z.maxLength(3)),
    [[null], [], [null, null, null]],
  ],
  [
    'every part of a tuple',
    z.tuple([z.literal([1, 2]), z.boolean()]),
    [
      [1, true],
      [2, true],
      [1, false],
    ],
  ],
  ['a key more, if any may come', z.object({ a: z.null() }), [{ a: null }, { a: null, otherKey: 'more' }]],
  ['no key more, if none may come', z.strictObject({ a: z.null() }), [{ a: null }]],
  [
    'all keys of a record that needs them',
    z.record(z.enum(['a', 'b']), z.boolean()),
    [
      { a: true, b: true },
      { a: false, b: true },
    ],
  ],
  ['what comes before a transformation', z.pipe(z.literal('1'), z.transform(Number)), ['1']],
])('there is %s', (_what, schema, expected) => {
  const samples = samplesOf(schema);
  for (const each of expected) expect(samples).toContainEqual(each);
  if (!(schema instanceof z.ZodMiniTuple)) expect(samples.length).toBeLessThanOrEqual(expected.length + 1);
});

test.each([
  ['uuid', z.uuid()],
  ['email', z.email()],
  ['url', z.url()],
  ['date-time', z.iso.datetime()],
  ['date', z.iso.date()],
  ['time', z.iso.time()],
  ['duration', z.iso.duration()],
  ['ipv4', z.ipv4()],
  ['ipv6', z.ipv6()],
  ['cidr', z.cidrv4()],
  ['base64', z.base64()],
  ['base64url', z.base64url()],
  ['hex', z.hex()],
  ['jwt', z.jwt()],
  ['nanoid', z.nanoid()],
  ['ulid', z.ulid()],
  ['cuid2', z.cuid2()],
  ['e164', z.e164()],
  ['emoji', z.emoji()],
  ['a pattern', z.string().check(z.regex(/^[A-Z]{3}-\d{4,8}$/))],
  ['a pattern with flags', z.string().check(z.regex(/^order-\d+$/i))],
  ['a pattern with a length', z.string().check(z.regex(/^[a-z]+$/), z.minLength(3), z.maxLength(4))],
  ['a beginning', z.string().check(z.startsWith('s3://'))],
  ['an end', z.string().check(z.endsWith('.csv'))],
  ['a beginning and an end', z.string().check(z.startsWith('s3://'), z.endsWith('.csv'))],
  ['a part', z.string().check(z.includes('@'))],
  ['a trimmed text', z.string().check(z.trim(), z.minLength(1))],
  ['lower case', z.string().check(z.toLowerCase())],
  ['a text made of parts', z.templateLiteral(['page-', z.int()])],
  ['numbers that are coerced', z.coerce.number()],
  ['dates that are coerced', z.coerce.date()],
  ['texts for booleans', z.stringbool()],
  ['what comes as anything', z.catch(z.int(), 1)],
])('there are samples of %s', (_what, schema) => {
  expect(samplesOf(schema).length).toBeGreaterThan(0);
  expect(gapsIn(schema)).toEqual([]);
});

describe('what cannot be sampled is named', () => {
  test.each<[string, $ZodType, string]>([
    ['a date', z.date(), ': no sample of its type (date) could be made'],
    [
      'a date in a field',
      z.strictObject({ at: z.date() }),
      '/at: no sample of its type (date) could be made',
    ],
    ['a map in a list', z.array(z.map(z.string(), z.int())), '/*: no sample of its type (map) could be made'],
    [
      'a text that only its author understands',
      z.strictObject({ a: z.optional(z.string().check(z.refine((one) => one === 'DE89 3704'))) }),
      '/a: no sample of its type (string) could be made',
    ],
    [
      'fields that must agree in a strange way',
      z.strictObject({ a: z.int() }).check(z.refine(({ a }) => a === 4711)),
      ': no sample of its type (object) could be made',
    ],
    [
      'a check that throws',
      z.strictObject({
        a: z.string().check(
          z.refine(() => {
            throw new Error('no');
          }),
        ),
      }),
      '/a: no sample of its type (string) could be made',
    ],
  ])('%s', (_what, schema, expected) => {
    expect(gapsIn(schema)).toEqual([expected]);
  });

  test('and the rest is compared', () => {
    const schema = z.strictObject({ at: z.optional(z.date()), count: z.int() });
    expect(gapsIn(schema)).toHaveLength(1);
    expect(samplesOf(schema).length).toBeGreaterThan(3);
  });

  test('more shapes than can be tried', () => {
    const many = z.enum(Array.from({ length: 5001 }, (_, n) => `value ${n}`));
    expect(gapsIn(many)).toEqual([': has more shapes than the 5000 that are tried']);
    expect(samplesOf(many)).toHaveLength(5000);
  });
});

test('a schema that contains itself has samples that end', () => {
  const tree = z.strictObject({
    name: z.string(),
    get children() {
      return z.optional(z.array(tree));
    },
  });
  const depthOf = (value: unknown): number => {
    const { children = [] } = z.parse(tree, value);
    return Math.max(0, ...children.map((child) => 1 + depthOf(child)));
  };
  expect(Math.max(...samplesOf(tree).map(depthOf))).toBe(1);
});

test('the samples are the same each time', () => {
  const schema = z.strictObject({ id: z.uuid(), code: z.string().check(z.regex(/^[a-z]{1,9}$/)) });
  expect(samplesOf(schema)).toEqual(samplesOf(schema));
});
