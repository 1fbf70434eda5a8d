import '../../../../shared/author/contract.ts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod/mini';
import type { $ZodType } from 'zod/v4/core';
import { compareContracts } from '../../../../scripts/compat/compare-contracts.ts';
import { type Comparison, compareSchemas } from '../../../../scripts/compat/compare-schemas.ts';
import { describeComparison } from '../../../../scripts/compat/describe-comparison.ts';
import { type Contracts, defineJob } from '../../../../shared/author/contract.ts';
import { contracts } from '../../../job-types/contracts.ts';
import { secretive } from '../../../set-ups/secretive-type.ts';

/** A looser schema, a stricter one, where that is noticed, and a part of what is said. */
interface SchemaPair {
  readonly what: string;
  readonly loose: $ZodType;
  readonly strict: $ZodType;
  /** With a star in place of an index. */
  readonly pointer: string;
  readonly words: string;
}

const text = z.string();
const of = (field: $ZodType) => z.strictObject({ name: z.string(), field });
const numbers = (...checks: Parameters<ReturnType<typeof z.int>['check']>) => z.int().check(...checks);
const texts = (...checks: Parameters<ReturnType<typeof z.string>['check']>) => z.string().check(...checks);
const lists = (...checks: Parameters<ReturnType<typeof z.array<typeof text>>['check']>) =>
  z.array(text).check(...checks);
const tree = z.strictObject({
  label: z.string(),
  get children() {
    return z.array(tree);
  },
});
const lowerTree = z.strictObject({
  label: z.string().check(z.maxLength(50)),
  get children() {
    return z.array(lowerTree);
  },
});

const rows: readonly [what: string, loose: $ZodType, strict: $ZodType, pointer: string, words: string][] = [
  ['a lower maximum', of(numbers(z.lte(1000))), of(numbers(z.lte(999))), '/field', '<=999'],
  ['a higher minimum', of(numbers(z.gte(0))), of(numbers(z.gte(1))), '/field', '>=1'],
  ['a first maximum', of(z.number()), of(z.number().check(z.lt(7777))), '/field', '<7777'],
  ['a first minimum, far away', of(z.number()), of(z.number().check(z.gte(-1e9))), '/field', '>=-1000000000'],
  ['an exclusive bound', of(z.number().check(z.lte(5))), of(z.number().check(z.lt(5))), '/field', '<5'],
  ['a whole number', of(z.number()), of(z.int()), '/field', 'expected int'],
  ['a multiple', of(z.int()), of(z.int().check(z.multipleOf(5))), '/field', 'multiple of 5'],
  [
    'another multiple',
    of(z.int().check(z.multipleOf(5))),
    of(z.int().check(z.multipleOf(10))),
    '/field',
    'multiple of 10',
  ],
  ['a lower maximum length', of(texts(z.maxLength(200))), of(texts(z.maxLength(199))), '/field', '<=199'],
  ['a first maximum length', of(text), of(texts(z.maxLength(12_345))), '/field', '<=12345'],
  ['a higher minimum length', of(text), of(texts(z.minLength(1))), '/field', '>=1'],
  ['a higher minimum length than 1', of(texts(z.minLength(1))), of(texts(z.minLength(7))), '/field', '>=7'],
  ['a pattern', of(text), of(texts(z.regex(/^[a-z]+$/))), '/field', 'must match pattern'],
  [
    'a narrower pattern',
    of(texts(z.regex(/^[a-z]{3}$/))),
    of(texts(z.regex(/^[a-m]{3}$/))),
    '/field',
    'must match pattern',
  ],
  [
    'a pattern with a longer text',
    of(texts(z.regex(/^\d+$/))),
    of(texts(z.regex(/^\d{1,9}$/))),
    '/field',
    'must match pattern',
  ],
  ['a format', of(text), of(z.uuid()), '/field', 'UUID'],
  ['another format', of(z.url()), of(z.email()), '/field', 'email'],
  ['a protocol', of(z.url()), of(z.url({ protocol: /^https$/ })), '/field', 'URL'],
  ['UTC', of(z.iso.datetime({ offset: true })), of(z.iso.datetime()), '/field', 'datetime'],
  ['a version of UUIDs', of(z.uuid()), of(z.uuidv4()), '/field', 'UUID'],
  ['one value of an enum less', of(z.enum(['a', 'b', 'c'])), of(z.enum(['a', 'c'])), '/field', '"a"|"c"'],
  ['an enum', of(text), of(z.enum(['a', 'b'])), '/field', '"a"|"b"'],
  ['one literal', of(z.literal([1, 2])), of(z.literal(1)), '/field', 'expected 1'],
  ['one alternative less', of(z.union([text, z.int()])), of(text), '/field', 'expected string'],
  [
    'a stricter alternative',
    of(z.union([z.strictObject({ a: text }), z.strictObject({ b: z.array(text) })])),
    of(z.union([z.strictObject({ a: text }), z.strictObject({ b: z.array(texts(z.minLength(3))) })])),
    '/field/b/*',
    '>=3',
  ],
  [
    'one alternative of a discriminated union less',
    z.discriminatedUnion('by', [z.object({ by: z.literal('a') }), z.object({ by: z.literal('b') })]),
    z.discriminatedUnion('by', [z.object({ by: z.literal('a') })]),
    '/by',
    'Invalid',
  ],
  ['no null', of(z.nullable(text)), of(text), '/field', 'expected string, received null'],
  ['a field that is required', of(z.optional(text)), of(text), '/field', 'received undefined'],
  [
    'a field that has no default any more',
    of(z._default(text, 'a')),
    of(text),
    '/field',
    'received undefined',
  ],
  ['a new field', z.strictObject({ name: text }), of(text), '/field', 'received undefined'],
  ['a field that is gone', of(z.optional(text)), z.strictObject({ name: text }), '/field', 'unknown key'],
  ['no more keys', z.object({ a: text }), z.strictObject({ a: text }), '/otherKey', 'unknown key'],
  [
    'no more keys than known',
    z.looseObject({ a: text }),
    z.strictObject({ a: text }),
    '/otherKey',
    'unknown key',
  ],
  [
    'other keys of a type',
    z.looseObject({ a: text }),
    z.catchall(z.object({ a: text }), z.int()),
    '/otherKey',
    'expected',
  ],
  ['another type', of(text), of(z.boolean()), '/field', 'expected boolean'],
  ['a whole value of another type', text, z.int(), '', 'expected'],
  ['another type deep inside', of(of(of(text))), of(of(of(z.int()))), '/field/field/field', 'expected'],
  ['fewer items', of(lists(z.maxLength(50))), of(lists(z.maxLength(49))), '/field', '<=49'],
  ['a first limit of items', of(z.array(text)), of(lists(z.maxLength(500))), '/field', '<=500'],
  ['a first item', of(z.array(text)), of(lists(z.minLength(1))), '/field', '>=1'],
  ['more items', of(lists(z.minLength(2))), of(lists(z.minLength(3))), '/field', '>=3'],
  ['other items', of(z.array(text)), of(z.array(texts(z.maxLength(20)))), '/field/*', '<=20'],
  [
    'other items of a list of many',
    of(lists(z.minLength(2))),
    of(z.array(texts(z.maxLength(20)))),
    '/field/*',
    '<=20',
  ],
  ['a longer tuple', z.tuple([text]), z.tuple([text, text]), '', 'Too small'],
  ['another part of a tuple', z.tuple([text, text]), z.tuple([text, texts(z.maxLength(5))]), '/*', '<=5'],
  ['no rest of a tuple', z.tuple([text], text), z.tuple([text]), '', 'Too big'],
  ['other values of a record', z.record(text, z.int()), z.record(text, numbers(z.lte(3))), '/text', '<=3'],
  [
    'other keys of a record',
    z.record(text, text),
    z.record(texts(z.maxLength(9)), text),
    '/aaaaaaaaaa',
    'Invalid key',
  ],
  [
    'a key of a record less',
    z.record(z.enum(['a', 'b']), text),
    z.record(z.enum(['a']), text),
    '/b',
    'unknown key',
  ],
  [
    'one more part of an intersection',
    z.object({ a: text }),
    z.intersection(z.object({ a: text }), z.object({ b: text })),
    '/b',
    'received undefined',
  ],
  [
    'a check of ours',
    of(text),
    of(texts(z.refine((one) => !one.includes(' '), 'no spaces'))),
    '/field',
    'no spaces',
  ],
  [
    'a check of two fields',
    z.strictObject({ from: z.int(), to: z.int() }),
    z
      .strictObject({ from: z.int(), to: z.int() })
      .check(z.refine(({ from, to }) => from <= to, 'wrong order')),
    '',
    'wrong order',
  ],
  ['a schema that has itself', tree, lowerTree, '/label', '<=50'],
  ['a shape of anything', z.unknown(), z.strictObject({}), '', 'expected object'],
  ['anything that is JSON', of(z.json()), of(z.record(text, z.json())), '/field', 'expected record'],
  [
    'what is parsed first',
    of(z.pipe(text, z.transform(Number))),
    of(z.pipe(texts(z.regex(/^\d/)), z.transform(Number))),
    '/field',
    'must match pattern',
  ],
  [
    'what is parsed behind a preprocessing',
    of(z.pipe(z.transform(String), text)),
    of(text),
    '/field',
    'expected string',
  ],
  ['what is coerced', of(z.coerce.number()), of(z.number()), '/field', 'expected number'],
];

const schemaPairs: readonly SchemaPair[] = rows.map(([what, loose, strict, pointer, words]) => ({
  what,
  loose,
  strict,
  pointer,
  words,
}));

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

describe('wrapped schemas', () => {
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
});

const state = z.strictObject({ done: z.int() });
const base = {
  payload: z.strictObject({ count: z.int().check(z.gte(0), z.lte(100)) }),
  result: z.strictObject({ sum: z.int() }),
  checkpoint: state,
  timeoutSeconds: 30,
  maxAttempts: 5,
};
const older = { sum: defineJob(base) };
const linesFor = (newer: Contracts, from: Contracts = older): readonly string[] =>
  compareContracts(from, newer).map(({ level, type, text }) => `${level}: ${type}: ${text}`);

describe('compare contracts', () => {
  test('the contracts of today can be compared in every part, and break nothing', () => {
    expect(compareContracts(contracts, contracts)).toEqual([]);
  });

  test('a new type breaks nothing', () => {
    expect(linesFor({ ...older, another: defineJob(base) })).toEqual([]);
  });

  describe('what breaks has a line each, and one that says what to do', () => {
    test('a stricter payload', () => {
      const payload = z.strictObject({ count: z.int().check(z.gte(0), z.lte(20)), name: z.string() });
      expect(linesFor({ sum: defineJob({ ...base, payload }) })).toEqual([
        'breaks: sum: payload /name: the old version allows {"count":1}, the new one refuses it: Invalid input: expected string, received undefined',
        'breaks: sum: payload /count: the old version allows 99, the new one refuses it: Too big: expected number to be <=20',
        expect.stringMatching(
          /^to do: sum: payload: jobs fail with InvalidPayloadError\. Accept the old shape too/,
        ),
      ]);
    });

    test('a stricter state', () => {
      const checkpoint = z.strictObject({ done: z.int(), position: z.int() });
      expect(linesFor({ sum: defineJob({ ...base, checkpoint }) })).toEqual([
        expect.stringMatching(/^breaks: sum: checkpoint \/position: .*received undefined$/),
        expect.stringMatching(/^to do: sum: checkpoint: jobs that resume fail with CheckpointError\./),
      ]);
    });

    test('a state that is not expected any more', () => {
      const { checkpoint: _, ...stateless } = base;
      expect(linesFor({ sum: defineJob(stateless) })).toEqual([
        'breaks: sum: checkpoint: there was a schema, and there is none any more',
        expect.stringContaining('CheckpointError'),
      ]);
      expect(linesFor(older, { sum: defineJob(stateless) })).toEqual([]);
    });

    test('a stricter result', () => {
      const result = z.strictObject({ sum: z.string() });
      expect(linesFor({ sum: defineJob({ ...base, result }) })).toEqual([
        'breaks: sum: result /sum: the old version allows 1, the new one refuses it: Invalid input: expected string, received number',
        expect.stringMatching(/^to do: sum: result: no job fails/),
      ]);
    });

    test('a type that is gone', () => {
      expect(linesFor({})).toEqual([
        'breaks: sum: the type is gone',
        expect.stringContaining('UnknownJobTypeError'),
      ]);
      // Not one of a catalog's own, such as toString.
      expect(linesFor({}, { constructor: defineJob(base) })[0]).toBe('breaks: constructor: the type is gone');
    });

    test('very many breaks are counted', () => {
      const fields = Array.from({ length: 30 }, (_, n) => [`field${n}`, z.string()] as const);
      const payload = z.strictObject({ count: z.int(), ...Object.fromEntries(fields) });
      const lines = linesFor({ sum: defineJob({ ...base, payload }) });
      expect(lines).toHaveLength(22);
      expect(lines.at(-2)).toBe('breaks: sum: payload: and 10 more');
    });
  });

  test('limits that fall, and a type that moves, are noted', () => {
    const sum = defineJob({ ...base, queue: 'long', timeoutSeconds: 20, maxAttempts: 2 });
    expect(linesFor({ sum })).toEqual([
      'note: sum: moves to the long queue: messages in the standard queue are sent on, those in the server queue are processed there',
      'note: sum: timeoutSeconds falls from 30 to 20, also for jobs that exist',
      'note: sum: maxAttempts falls from 5 to 2: jobs that exist keep theirs',
    ]);
    expect(linesFor(older, { sum })).toEqual([
      'note: sum: moves to the standard queue: messages in its earlier queue are processed there',
    ]);
  });

  describe('a state or a result is compared as it was saved', () => {
    test.each(['result', 'checkpoint'] as const)('a default of a %s was filled in', (part) => {
      const withDefault = { ...base, [part]: z.strictObject({ done: z._default(z.int(), 0) }) };
      const required = { ...base, [part]: z.strictObject({ done: z.int() }) };
      expect(linesFor({ sum: defineJob(required) }, { sum: defineJob(withDefault) })).toEqual([]);
    });

    test('a default of a payload was not', () => {
      const withDefault = { ...base, payload: z.strictObject({ count: z._default(z.int(), 0) }) };
      const required = { ...base, payload: z.strictObject({ count: z.int() }) };
      const lines = linesFor({ sum: defineJob(required) }, { sum: defineJob(withDefault) });
      expect(lines[0]).toContain('breaks: sum: payload /count: the old version allows {}');
    });

    test('a date is text by then, which no version can read', () => {
      const dated = { sum: defineJob({ ...base, checkpoint: z.strictObject({ at: z.date() }) }) };
      expect(linesFor(dated, dated)).toEqual([
        'unknown: sum: checkpoint /at cannot be compared, look at it yourself: no sample of its type (date) could be made',
      ]);
    });

    test('a schema without end is not comparable', () => {
      const endless = (): z.ZodMiniType => z.strictObject({ inner: z.optional(z.lazy(endless)) });
      const odd = { sum: defineJob({ ...base, checkpoint: endless() }) };
      expect(linesFor(odd, odd)).toEqual([
        expect.stringMatching(/^unknown: sum: checkpoint \(whole\) cannot be compared/),
      ]);
    });

    test('a state that its own version cannot read is not comparable', () => {
      const strange = z.pipe(z.int(), z.transform(String));
      const odd = { sum: defineJob({ ...base, checkpoint: strange }) };
      expect(linesFor(odd, odd)).toEqual([
        'unknown: sum: checkpoint (whole) cannot be compared, look at it yourself: the older version cannot read its own values',
      ]);
    });
  });

  describe('secrets', () => {
    const withPin = (pin: z.ZodMiniType) => ({
      sum: defineJob({ ...base, payload: z.strictObject({ pin }) }),
    });
    const secret = z.string().check(z.meta({ secret: true }));

    test('of a value that is refused, none is shown', () => {
      const lines = linesFor(withPin(z.int()), withPin(secret));
      expect(lines[0]).toMatch(
        /^breaks: sum: payload \/pin: the old version allows "\[secret\]", the new one refuses it: /,
      );
      expect(linesFor(withPin(z.int().check(z.meta({ secret: true }))), withPin(z.string()))[0]).toContain(
        '"[secret]"',
      );
    });

    test('a mark that is gone is a warning', () => {
      const lines = linesFor(withPin(z.string()), withPin(secret));
      expect(lines).toEqual([expect.stringMatching(/^warning: sum: payload \/pin is not secret any more/)]);
      expect(linesFor(withPin(secret), withPin(z.string()))).toEqual([]);
    });

    test('a mark may move outwards', () => {
      const outer = {
        sum: defineJob({
          ...base,
          payload: z.strictObject({ pin: z.string() }).check(z.meta({ secret: true })),
        }),
      };
      expect(linesFor(outer, withPin(secret))).toEqual([]);
      expect(linesFor(withPin(secret), outer)).toEqual([
        expect.stringContaining('payload (whole) is not secret'),
      ]);
    });

    test('a type with secrets of every kind is compared in full', () => {
      expect(linesFor({ secretive }, { secretive })).toEqual([]);
    });
  });

  describe('the summary', () => {
    const summaryOf = (newer: Contracts, from: Contracts = older) => {
      const { lines, hasBreaks } = describeComparison(compareContracts(from, newer), {
        types: Object.keys(from).length,
        ref: 'v1',
      });
      return [lines.at(-1), hasBreaks];
    };

    test('counts the types that break, and the parts that nobody can compare', () => {
      expect(summaryOf(older)).toEqual(['compared 1 type with v1: 0 of them break', false]);
      expect(summaryOf({}, { ...older, other: defineJob(base) })).toEqual([
        'compared 2 types with v1: 2 of them break',
        true,
      ]);
      const dated = { sum: defineJob({ ...base, result: z.date() }) };
      expect(summaryOf(dated, dated)).toEqual([
        'compared 1 type with v1: 0 of them break, 1 part could not be compared',
        false,
      ]);
    });
  });
});
