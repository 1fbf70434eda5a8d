import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  fromAttribute,
  fromAttributes,
  toAttribute,
  toAttributes,
} from '../../../../../shared/aws/records/attribute-value.ts';
import type { Storable } from '../../../../../shared/domain/base/records.ts';

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

describe('the conversion of items to DynamoDB attributes', () => {
  test('writes every item as the SDK does', () => {
    fc.assert(fc.property(item, (values) => expect(toAttributes(values)).toEqual(marshall(values))));
  });

  test('reads every item as the SDK does, and as it was written', () => {
    fc.assert(
      fc.property(item, (values) => {
        const attributes = marshall(values);
        expect(fromAttributes(attributes)).toEqual(unmarshall(attributes));
        expect(fromAttributes(toAttributes(values))).toEqual(values);
      }),
    );
  });

  test('omits values that are undefined', () => {
    const values = { list: [{ error: undefined, at: 1 }], tenant: undefined };
    expect(toAttributes(values)).toEqual({ list: { L: [{ M: { at: { N: '1' } } }] } });
    expect(toAttributes(values)).toEqual(marshall(values, { removeUndefinedValues: true }));
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53, -(2 ** 53)])(
    'rejects the number %d',
    (number) => {
      expect(() => toAttribute(number)).toThrow(RangeError);
      expect(() => marshall({ number })).toThrow();
    },
  );

  test('rejects an attribute of a type that it never writes', () => {
    expect(() => fromAttribute({ B: new Uint8Array(1) })).toThrow(
      'an attribute has no kind that is known here: B',
    );
  });
});
