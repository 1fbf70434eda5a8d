import { describe, expect, test } from '@jest/globals';
import { InvalidRequestError } from '../../../../shared/job/errors.ts';
import { fingerprintOf, keyedJobId } from '../../../../shared/job/fingerprint.ts';

const fingerprintOfText = (json: string) => fingerprintOf(JSON.parse(json));

describe('the fingerprint', () => {
  test.each([
    ['keys in another order', '{"a":1,"b":2}', '{"b":2,"a":1}'],
    [
      'keys in another order, deep inside',
      '{"x":[{"a":1,"b":{"c":1,"d":2}}]}',
      '{"x":[{"b":{"d":2,"c":1},"a":1}]}',
    ],
    ['keys that are numbers', '{"10":1,"9":2,"a":3}', '{"a":3,"9":2,"10":1}'],
    ['blanks between', '{ "a" : [ 1 , 2 ] }', '{"a":[1,2]}'],
    ['a number written otherwise', '{"a":1.0e1}', '{"a":10}'],
    ['a character written otherwise', '{"\\u0061":"\\u00e9"}', '{"a":"é"}'],
    ['"__proto__" in another order', '{"__proto__":1,"a":2}', '{"a":2,"__proto__":1}'],
  ])('is the same for %s', (_what, one, another) => {
    expect(fingerprintOfText(one)).toBe(fingerprintOfText(another));
  });

  test.each([
    ['another value', '{"a":1}', '{"a":2}'],
    ['another type of value', '{"a":1}', '{"a":"1"}'],
    ['null and nothing', '{"a":null}', '{}'],
    ['items in another order', '[1,2]', '[2,1]'],
    ['items grouped otherwise', '[[1],2]', '[1,[2]]'],
    ['a list and an object', '["a"]', '{"0":"a"}'],
    ['a key in upper case', '{"a":1}', '{"A":1}'],
    ['a key moved inside', '{"a":{"b":1}}', '{"a":{},"b":1}'],
    ['"__proto__" and nothing', '{"__proto__":{"a":1}}', '{}'],
    ['two values of "__proto__"', '{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}'],
    ['two values of "toJSON"', '{"toJSON":1}', '{"toJSON":2}'],
    ['composed and decomposed characters', '"é"', '"e\u0301"'],
  ])('tells apart %s', (_what, one, another) => {
    expect(fingerprintOfText(one)).not.toBe(fingerprintOfText(another));
  });

  test('is a SHA-256 in base64url', () => {
    expect(fingerprintOf({})).toBe('RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o');
  });

  test('of what is nested too deeply is refused as invalid, with its place', () => {
    const deep = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000));
    const fingerprinting = () => fingerprintOf({ type: 'x', payload: deep });
    expect(fingerprinting).toThrow(InvalidRequestError);
    expect(fingerprinting).toThrow(
      expect.objectContaining({ violations: [{ pointer: '/payload', detail: 'nested too deeply' }] }),
    );
  });

  test('does not hide what else goes wrong', () => {
    const broken = {
      get a() {
        throw new SyntaxError('no');
      },
    };
    expect(() => fingerprintOf(broken)).toThrow(SyntaxError);
  });
});

describe('the job id of a key', () => {
  const id = keyedJobId('a secret', 'a tenant', 'a key');

  test('is the same every time', () => {
    expect(keyedJobId('a secret', 'a tenant', 'a key')).toBe(id);
  });

  test.each([
    ['secret', keyedJobId('another', 'a tenant', 'a key')],
    ['tenant', keyedJobId('a secret', 'another', 'a key')],
    ['key', keyedJobId('a secret', 'a tenant', 'another')],
    ['split between tenant and key', keyedJobId('a secret', 'a tenanta', ' key')],
    ['split that JSON has to escape', keyedJobId('a secret', 'a tenant","', 'a key')],
  ])('differs by %s', (_what, another) => {
    expect(another).not.toBe(id);
  });

  test('is a UUID of version 8 and of the variant of RFC 9562, whatever the key', () => {
    for (let index = 0; index < 200; index += 1)
      expect(keyedJobId('s', 't', `key ${index}`)).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
  });
});
