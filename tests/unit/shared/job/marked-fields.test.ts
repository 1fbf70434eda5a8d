import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { hasMarked, markedValues } from '../../../../shared/job/marked-fields.ts';
import { uploadNameFor } from '../../../../shared/job/upload-name.ts';
import { zObject } from '../../../../shared/job/z-object.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anId, uploadRules } from '../../../set-ups/samples.ts';

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
