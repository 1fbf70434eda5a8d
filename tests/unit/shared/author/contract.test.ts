import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { contractOf, defineJob, runQueueOf } from '../../../../shared/author/contract.ts';
import type { JobHandler } from '../../../../shared/author/handler.ts';
import { hasMarked, markedValues } from '../../../../shared/author/marked-fields.ts';
import { mask, secretDepth } from '../../../../shared/author/secret-fields.ts';
import { uploadNameFor } from '../../../../shared/domain/objects/upload-name.ts';
import { zObject } from '../../../../shared/domain/objects/z-object.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { contracts } from '../../../job-types/contracts.ts';
import { handlers } from '../../../set-ups/handlers.ts';
import { anId, uploadRules } from '../../../set-ups/samples.ts';

const contract = {
  payload: z.strictObject({}),
  result: z.null(),
  timeoutSeconds: 10,
  maxAttempts: 3,
};

describe('defineJob', () => {
  test('returns the contract as it was declared, with the standard queue as the default', () => {
    expect(defineJob(contract)).toEqual({ ...contract, queue: 'standard' });
    expect(defineJob({ ...contract, queue: 'long' }).queue).toBe('long');
  });

  test.each([0.5, 1, 45])('accepts a timeout of %d s', (timeoutSeconds) => {
    expect(defineJob({ ...contract, timeoutSeconds }).timeoutSeconds).toBe(timeoutSeconds);
  });

  test.each([45.1, 880])('accepts a timeout of %d s only for the long queue', (timeoutSeconds) => {
    expect(defineJob({ ...contract, queue: 'long', timeoutSeconds }).timeoutSeconds).toBe(timeoutSeconds);
    expect(() => defineJob({ ...contract, timeoutSeconds })).toThrow(RangeError);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 880.1])(
    'rejects a timeout of %d s',
    (timeoutSeconds) => {
      expect(() => defineJob({ ...contract, queue: 'long', timeoutSeconds })).toThrow(RangeError);
    },
  );

  test.each([1, 2, 100])('accepts %d attempts', (maxAttempts) => {
    expect(defineJob({ ...contract, maxAttempts }).maxAttempts).toBe(maxAttempts);
  });

  const retry = { firstSeconds: 1, factor: 1, maxSeconds: 1 };

  test.each([retry, { firstSeconds: 30, factor: 1.5, maxSeconds: 86_400 }, { ...retry, factor: 10 }])(
    'accepts a backoff of the type: %j',
    (accepted) => {
      expect(defineJob({ ...contract, retry: accepted }).retry).toEqual(accepted);
    },
  );

  test.each([
    { ...retry, firstSeconds: 0.9 },
    { ...retry, firstSeconds: Number.NaN },
    { ...retry, firstSeconds: 2 },
    { ...retry, factor: 0.9 },
    { ...retry, factor: 10.1 },
    { ...retry, maxSeconds: 86_401 },
    { ...retry, maxSeconds: Number.POSITIVE_INFINITY },
    { firstSeconds: 30 } as typeof retry,
  ])('rejects a backoff that makes no sense: %j', (rejected) => {
    expect(() => defineJob({ ...contract, retry: rejected })).toThrow(
      'retry must have firstSeconds from 1, a factor from 1 to 10, and maxSeconds from firstSeconds to 86400',
    );
  });

  test('accepts a limit for memory that a process with all handlers can keep', () => {
    expect(defineJob({ ...contract, maxMemoryMb: 256 }).maxMemoryMb).toBe(256);
    for (const maxMemoryMb of [255, 300.5, Number.NaN])
      expect(() => defineJob({ ...contract, maxMemoryMb })).toThrow(RangeError);
  });

  test.each([
    { key: 'stripe', perSecond: 10 },
    { key: () => 'account', perSecond: 1_000, burst: 10_000 },
    { key: 'x'.repeat(100), perSecond: 1 / 86_400, burst: 1 },
  ])('accepts a limit of starts: %j', (limit) => {
    expect(defineJob({ ...contract, limits: [limit] }).limits).toEqual([limit]);
  });

  test.each([
    [{ key: '', perSecond: 1 }, 'the key of a limit must have 1 to 100 characters'],
    [{ key: 'x'.repeat(101), perSecond: 1 }, 'the key of a limit must have 1 to 100 characters'],
    [{ key: 'x', perSecond: 0 }, 'perSecond must be at least one a day, and at most 1000'],
    [{ key: 'x', perSecond: 1_001 }, 'perSecond must be at least one a day'],
    [{ key: 'x', perSecond: Number.NaN }, 'perSecond must be at least one a day'],
    [{ key: 'x', perSecond: 1, burst: 0 }, 'burst must be a whole number from 1 to 10000'],
    [{ key: 'x', perSecond: 1, burst: 1.5 }, 'burst must be a whole number from 1 to 10000'],
  ])('rejects a limit of starts that cannot be kept: %j', (limit, why) => {
    expect(() => defineJob({ ...contract, limits: [limit] })).toThrow(why);
  });

  test('has names of parts that the compiler knows', () => {
    const limited = defineJob({
      ...contract,
      payload: z.strictObject({ name: z.string() }),
      partLimits: { directory: { key: ({ name }) => name, perSecond: 1 } },
    });
    const free = defineJob(contract);
    const handlers: [JobHandler<typeof limited>, JobHandler<typeof free>] = [
      async ({ name }, job) => {
        const found: string = await job.limit('directory', () => name);
        // @ts-expect-error: the contract has no such part
        await job.limit('other', () => found);
        return null;
      },
      async (_payload, job) => {
        // @ts-expect-error: the contract has no parts
        await job.limit('directory', () => 1);
        return null;
      },
    ];
    expect(handlers).toHaveLength(2);
  });

  test('rejects limits of parts that cannot be kept', () => {
    const limit = { key: 'x', perSecond: 1 };
    expect(() => defineJob({ ...contract, partLimits: { directory: { ...limit, burst: 0 } } })).toThrow(
      'burst must be a whole number from 1 to 10000',
    );
    expect(() => defineJob({ ...contract, partLimits: { 'a b': limit } })).toThrow(
      'the name of a part has up to 40 letters, digits and hyphens: not "a b"',
    );
  });

  test('rejects six limits, and two with the same key', () => {
    const limit = { key: () => 'x', perSecond: 1 };
    expect(() => defineJob({ ...contract, limits: Array(5).fill(limit) })).not.toThrow();
    expect(() => defineJob({ ...contract, limits: Array(6).fill(limit) })).toThrow(
      'a type has 5 limits at most',
    );
    const same = { key: 'x', perSecond: 1 };
    expect(() => defineJob({ ...contract, limits: [limit, same, same] })).toThrow(
      'the limits of starts of a type must have a key each',
    );
  });

  test.each([0, -1, 1.5, 101, Number.NaN, Number.POSITIVE_INFINITY])('rejects %d attempts', (maxAttempts) => {
    expect(() => defineJob({ ...contract, maxAttempts })).toThrow(RangeError);
  });
});

describe('the catalog of contracts', () => {
  test.each(Object.keys(contracts))('has a type %s, which has a handler', (type) => {
    expect(Object.keys(handlers)).toContain(type);
    expect(contractOf(contracts, type)).toBeDefined();
  });

  test.each(['', 'nonsense', 'toString', 'constructor', '__proto__'])('has no type "%s"', (type) => {
    expect(contractOf(contracts, type)).toBeUndefined();
    expect(runQueueOf(contracts, type)).toBe('standard');
  });

  test('has type names that can be used in a command line and a URL', () => {
    for (const type of Object.keys(contracts)) expect(type).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
  });

  test.each(Object.entries(contracts))('gives the run queue of %s', (type, { queue }) => {
    expect(runQueueOf(contracts, type)).toBe(queue);
  });
});

const nameOf = (number: number) =>
  uploadNameFor({ tenant: 'a tenant', id: anId(number), now: t0 }, uploadRules);
const placesIn = (schema: z.core.$ZodType, value: unknown) =>
  markedValues(schema, value, 'object').map(({ pointer }) => pointer);

describe('the objects that a payload names', () => {
  test.each<[string, z.core.$ZodType, unknown, string[]]>([
    ['a field', z.strictObject({ file: zObject(), n: z.int() }), { file: nameOf(1), n: 1 }, ['/file']],
    ['the payload itself', zObject(), nameOf(1), ['']],
    ['a list', z.array(zObject()), [nameOf(1), nameOf(2)], ['/0', '/1']],
    ['a record', z.record(z.string(), zObject()), { a: nameOf(1) }, ['/a']],
    [
      'a deep field',
      z.object({ in: z.array(z.object({ file: zObject() })) }),
      { in: [{ file: nameOf(1) }] },
      ['/in/0/file'],
    ],
    ['an optional field', z.object({ file: z.optional(zObject()) }), { file: nameOf(1) }, ['/file']],
    [
      'an alternative',
      z.union([z.object({ csv: z.string() }), z.object({ file: zObject() })]),
      { file: nameOf(1) },
      ['/file'],
    ],
  ])('are found in %s', (_where, schema, value, places) => {
    expect(z.safeParse(schema as z.ZodMiniType, value).success).toBe(true);
    expect(placesIn(schema, value)).toEqual(places);
  });

  test('are none where the contract marks none, and none are looked for', () => {
    const schema = z.object({ file: z.string() });
    expect(hasMarked(schema, 'object')).toBe(false);
    expect(placesIn(schema, { file: nameOf(1) })).toEqual([]);
    expect(placesIn(z.object({ file: z.optional(zObject()) }), {})).toEqual([]);
  });

  test('have the form of names', () => {
    expect(zObject().safeParse('my.csv').success).toBe(false);
    expect(zObject().safeParse(nameOf(1)).success).toBe(true);
  });
});

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
