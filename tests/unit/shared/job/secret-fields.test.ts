import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { mask, secretDepth } from '../../../../shared/job/secret-fields.ts';

const secret = () => z.string().check(z.meta({ secret: true }));

const wrappers: readonly (readonly [string, z.ZodMiniType])[] = [
  ['optional', z.optional(secret())],
  ['nullable', z.nullable(secret())],
  ['nonoptional', z.nonoptional(z.optional(secret()))],
  ['with a default', z._default(secret(), 'x')],
  ['with a default before it', z.prefault(secret(), 'x')],
  ['with a value for errors', z.catch(secret(), 'x')],
  ['readonly', z.readonly(secret())],
  ['lazy', z.lazy(secret)],
  ['with a check after the mark', secret().check(z.minLength(1))],
  ['registered', z.string().register(z.globalRegistry, { secret: true })],
  [
    'transformed',
    z.pipe(
      secret(),
      z.transform((text: string) => text.length),
    ),
  ],
  ['the result of a transformation', z.pipe(z.unknown(), secret())],
  ['one of several', z.union([z.number(), secret()])],
  ['of both', z.intersection(z.unknown(), secret())],
];

describe('mask', () => {
  test.each(wrappers)('hides a field that is %s', (_what, schema) => {
    const noted: unknown[] = [];
    const payload = z.object({ a: schema, b: z.string() });
    expect(mask(payload, { a: 'value', b: 'shown' }, (value) => noted.push(value))).toEqual({
      a: '[secret]',
      b: 'shown',
    });
    expect(new Set(noted)).toEqual(new Set(['value']));
    expect(secretDepth(payload, ['a'])).toBe(1);
    expect(secretDepth(payload, ['b'])).toBeUndefined();
  });

  test.each<[string, z.ZodMiniType, unknown, unknown]>([
    ['in a list', z.array(secret()), ['a', 'b'], ['[secret]', '[secret]']],
    ['in a tuple', z.tuple([z.string(), secret()], z.string()), ['a', 'b', 'c'], ['a', '[secret]', 'c']],
    ['after a tuple', z.tuple([z.string()], secret()), ['a', 'b'], ['a', '[secret]']],
    ['in a record', z.record(z.string(), secret()), { a: 'b' }, { a: '[secret]' }],
    [
      'beyond the known fields',
      z.catchall(z.object({ a: z.string() }), secret()),
      { a: 'a', b: 'b' },
      { a: 'a', b: '[secret]' },
    ],
    ['as a whole', z.object({ a: z.string() }).check(z.meta({ secret: true })), { a: 'b' }, '[secret]'],
    ['of another type', z.object({ a: secret() }), { a: { b: 'c' } }, { a: '[secret]' }],
    ['in a part of another type', z.object({ a: z.object({ b: secret() }) }), { a: 'c' }, { a: 'c' }],
    ['that is absent', z.object({ a: z.optional(secret()) }), {}, {}],
  ])('hides a field %s', (_what, schema, value, masked) => {
    expect(mask(schema, value)).toEqual(masked);
  });

  test('finds secrets in a schema that contains itself', () => {
    interface Tree {
      key: string;
      children: Tree[];
    }
    const tree: z.ZodMiniType<Tree> = z.object({ key: secret(), children: z.array(z.lazy(() => tree)) });
    const value = { key: 'a', children: [{ key: 'b', children: [] }] };
    expect(mask(tree, value)).toEqual({ key: '[secret]', children: [{ key: '[secret]', children: [] }] });
    expect(secretDepth(tree, ['children', 0, 'key', 'more'])).toBe(3);
  });

  test('leaves a value alone whose schema has no secret', () => {
    const value = { a: ['x'] };
    expect(mask(z.object({ a: z.array(z.string()) }), value)).toBe(value);
  });
});
