import { describe, expect, test } from '@jest/globals';
import * as errors from '../../../../shared/job/errors.ts';

const { asError, describeError, describeValue, unreachable, ...classes } = errors;
const named: [string, new (message: string) => Error][] = Object.entries(classes);

describe('an error', () => {
  test.each(named)(
    '%s has its name in its instances, whatever a minifier makes of the class',
    (name, Type) => {
      const error = new Type('what is wrong');
      expect(error).toBeInstanceOf(Error);
      expect(Object.hasOwn(error, 'name')).toBe(true);
      expect(error.name).toBe(name);
      expect(error.message).toBe('what is wrong');
    },
  );

  test('is what it was, if one was thrown', () => {
    const thrown = new errors.PermanentError('no');
    expect(asError(thrown)).toBe(thrown);
  });

  const circular: unknown[] = [];
  circular.push(circular);

  test.each([
    ['text', 'text'],
    [7, '7'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{ a: 1 }, '{"a":1}'],
    [Symbol('s'), 'Symbol(s)'],
    [circular, '[object Array]'],
  ])('is made of whatever else was thrown: %p', (thrown, text) => {
    expect(asError(thrown)).toEqual(new Error(`a value that is not an Error was thrown: ${text}`));
  });
});
