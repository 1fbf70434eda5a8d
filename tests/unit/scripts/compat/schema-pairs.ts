import * as z from 'zod/mini';
import type { $ZodType } from 'zod/v4/core';

/** A looser schema, a stricter one, where that is noticed, and a part of what is said. */
export interface SchemaPair {
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

export const schemaPairs: readonly SchemaPair[] = rows.map(([what, loose, strict, pointer, words]) => ({
  what,
  loose,
  strict,
  pointer,
  words,
}));
