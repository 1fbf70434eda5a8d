import { describe, expect, test } from '@jest/globals';
import { InvalidRequestError } from '../../../../shared/job/errors.ts';
import { fingerprintOf, keyedJobId } from '../../../../shared/job/fingerprint.ts';

const fingerprintOfText = (json: string) => fingerprintOf(JSON.parse(json));

describe('fingerprintOf', () => {
  test.each([
    ['keys in another order', '{"a":1,"b":2}', '{"b":2,"a":1}'],
    [
      'keys of nested objects in another order',
      '{"x":[{"a":1,"b":{"c":1,"d":2}}]}',
      '{"x":[{"b":{"d":2,"c":1},"a":1}]}',
    ],
    ['numeric keys in another order', '{"10":1,"9":2,"a":3}', '{"a":3,"9":2,"10":1}'],
    ['other white space', '{ "a" : [ 1 , 2 ] }', '{"a":[1,2]}'],
    ['another notation of a number', '{"a":1.0e1}', '{"a":10}'],
    ['another notation of a character', '{"\\u0061":"\\u00e9"}', '{"a":"é"}'],
    ['"__proto__" in another order', '{"__proto__":1,"a":2}', '{"a":2,"__proto__":1}'],
  ])('gives the same fingerprint for %s', (_what, one, another) => {
    expect(fingerprintOfText(one)).toBe(fingerprintOfText(another));
  });

  test.each([
    ['two values', '{"a":1}', '{"a":2}'],
    ['a number and a string', '{"a":1}', '{"a":"1"}'],
    ['null and a missing key', '{"a":null}', '{}'],
    ['lists in another order', '[1,2]', '[2,1]'],
    ['lists with another nesting', '[[1],2]', '[1,[2]]'],
    ['a list and an object', '["a"]', '{"0":"a"}'],
    ['keys in lower and upper case', '{"a":1}', '{"A":1}'],
    ['a key at two levels', '{"a":{"b":1}}', '{"a":{},"b":1}'],
    ['"__proto__" and a missing key', '{"__proto__":{"a":1}}', '{}'],
    ['two values of "__proto__"', '{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}'],
    ['two values of "toJSON"', '{"toJSON":1}', '{"toJSON":2}'],
    ['composed and decomposed characters', '"é"', '"e\u0301"'],
  ])('gives different fingerprints for %s', (_what, one, another) => {
    expect(fingerprintOfText(one)).not.toBe(fingerprintOfText(another));
  });

  test('returns a SHA-256 hash in base64url', () => {
    expect(fingerprintOf({})).toBe('RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o');
  });

  test('rejects a payload that is nested too deeply, with a pointer to it', () => {
    const deep = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000));
    const fingerprinting = () => fingerprintOf({ type: 'x', payload: deep });
    expect(fingerprinting).toThrow(InvalidRequestError);
    expect(fingerprinting).toThrow(
      expect.objectContaining({ violations: [{ pointer: '/payload', detail: 'nested too deeply' }] }),
    );
  });

  test('rethrows every other error', () => {
    const broken = {
      get a() {
        throw new SyntaxError('no');
      },
    };
    expect(() => fingerprintOf(broken)).toThrow(SyntaxError);
  });
});

describe('keyedJobId', () => {
  const id = keyedJobId('a secret', 'a tenant', 'a key');

  test('returns the same id for the same arguments', () => {
    expect(keyedJobId('a secret', 'a tenant', 'a key')).toBe(id);
  });

  test.each([
    ['another secret', keyedJobId('another', 'a tenant', 'a key')],
    ['another tenant', keyedJobId('a secret', 'another', 'a key')],
    ['another key', keyedJobId('a secret', 'a tenant', 'another')],
    ['the same text split differently into tenant and key', keyedJobId('a secret', 'a tenanta', ' key')],
    ['a tenant that contains the separator of the JSON text', keyedJobId('a secret', 'a tenant","', 'a key')],
  ])('returns another id for %s', (_what, another) => {
    expect(another).not.toBe(id);
  });

  test('returns a UUID of version 8 and of the RFC 9562 variant for every key', () => {
    for (let index = 0; index < 200; index += 1)
      expect(keyedJobId('s', 't', `key ${index}`)).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
  });
});
