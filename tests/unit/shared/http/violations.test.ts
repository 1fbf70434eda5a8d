import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { invalid, violationsIn } from '../../../../shared/http/violations.ts';

const schema = z.strictObject({
  'a/b': z.optional(z.strictObject({ '~': z.array(z.int('must be a whole number')) })),
});
const check = (value: unknown, at = '') => violationsIn(schema.safeParse(value), at);

describe('what a check of a schema found', () => {
  test('is nothing if all is well', () => {
    expect(check({})).toEqual([]);
  });

  test('has JSON pointers, in which slashes and tildes are escaped', () => {
    expect(check({ 'a/b': { '~': [1, 'x'], '/~': 1 }, '': 1 })).toEqual([
      { pointer: '/a~1b/~0/1', detail: 'must be a whole number' },
      { pointer: '/a~1b/~1~0', detail: 'unknown key' },
      { pointer: '/', detail: 'unknown key' },
    ]);
  });

  test('has pointers below that of what was checked', () => {
    expect(check([], '/payload')).toMatchObject([{ pointer: '/payload' }]);
    expect(check({ x: 1 }, '/payload')).toEqual([{ pointer: '/payload/x', detail: 'unknown key' }]);
  });
});

test('an invalid request says where to look for what is wrong', () => {
  const violations = [{ pointer: '/a', detail: 'is wrong' }];
  const cause = new Error('no');
  const error = invalid(violations, { cause });
  expect(error).toMatchObject({ message: 'See `errors` for everything that is wrong.', violations, cause });
});
