import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  fromAttribute,
  fromAttributes,
  type Storable,
  toAttribute,
  toAttributes,
} from '../../../../shared/aws/attribute-value.ts';

const number = fc
  .double({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, noNaN: true })
  .map((value) => (Object.is(value, -0) ? 0 : value));
const key = fc.string().filter((name) => name !== '__proto__');
const leaf = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  number,
  fc.boolean(),
  fc.constant(null),
  fc.uniqueArray(fc.string(), { minLength: 1 }).map((members) => new Set(members)),
);
const { value } = fc.letrec<{ value: Storable }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('value')), fc.dictionary(key, tie('value'))),
}));
const item = fc.dictionary(key, value);

describe('what an item is made of', () => {
  test('is written as the SDK writes it', () => {
    fc.assert(fc.property(item, (values) => expect(toAttributes(values)).toEqual(marshall(values))));
  });

  test('is read as the SDK reads it, and as it was written', () => {
    fc.assert(
      fc.property(item, (values) => {
        const attributes = marshall(values);
        expect(fromAttributes(attributes)).toEqual(unmarshall(attributes));
        expect(fromAttributes(toAttributes(values))).toEqual(values);
      }),
    );
  });

  test('is left out where it is undefined', () => {
    const values = { list: [{ error: undefined, at: 1 }], tenant: undefined };
    expect(toAttributes(values)).toEqual({ list: { L: [{ M: { at: { N: '1' } } }] } });
    expect(toAttributes(values)).toEqual(marshall(values, { removeUndefinedValues: true }));
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53, -(2 ** 53)])(
    'may not be %d',
    (number) => {
      expect(() => toAttribute(number)).toThrow(RangeError);
      expect(() => marshall({ number })).toThrow();
    },
  );

  test('is of no other kind', () => {
    expect(() => fromAttribute({ B: new Uint8Array(1) })).toThrow(
      'an attribute has no kind that is known here: B',
    );
  });
});
