import { describe, expect, test } from '@jest/globals';
import * as errors from '../../../../shared/job/errors.ts';

const { asError, describeError, describeValue, unreachable, MethodNotAllowedError, ...classes } = errors;
const classesByName: [string, new (message: string) => Error][] = Object.entries(classes);

describe('the error classes', () => {
  test.each(classesByName)(
    'include %s, whose instances have their own name, so that it survives minification',
    (name, Type) => {
      const error = new Type('no');
      expect(error).toBeInstanceOf(Error);
      expect(Object.hasOwn(error, 'name')).toBe(true);
      expect(error.name).toBe(name);
      expect(error.message).toBe('no');
    },
  );
});

test('a MethodNotAllowedError has its own name, and names the methods that there are', () => {
  const error = new MethodNotAllowedError(['GET', 'HEAD']);
  expect(Object.hasOwn(error, 'name')).toBe(true);
  expect(error.name).toBe('MethodNotAllowedError');
  expect(error.message).toBe('This address knows GET, HEAD.');
});

describe('asError', () => {
  test('returns a thrown Error as it is', () => {
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
  ])('makes an Error of the thrown value %p', (thrown, text) => {
    expect(asError(thrown)).toEqual(new Error(`a value that is not an Error was thrown: ${text}`));
  });
});
