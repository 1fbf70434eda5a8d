import { expect, test } from '@jest/globals';
import { checkTypeName } from '../../../../scripts/new/check-type-name.ts';
import { UsageError } from '../../../../scripts/usage-error.ts';

test.each([
  ['thumbnails', 'thumbnails'],
  ['word-count', 'wordCount'],
  ['word-2-vec', 'word2Vec'],
  ['import-2', 'import2'],
  ['a', 'a'],
  ['new-type', 'newType'],
  [`a${'-b'.repeat(24)}c`, `a${'B'.repeat(24)}c`],
])('%s is called %s in the code', (name, identifier) => {
  expect(checkTypeName(name)).toEqual({ name, identifier });
});

test.each([
  '',
  ' ',
  'Word',
  'wordCount',
  'word_count',
  '-word',
  'word-',
  'word--count',
  '2-words',
  'wörter',
  'a/b',
  '../a',
  "a'",
  'a b',
  'a\n',
])('"%s" is not the name of a type', (name) => {
  expect(() => checkTypeName(name)).toThrow(UsageError);
  expect(() => checkTypeName(name)).toThrow('is not the name of a job type');
});

test.each(['new', 'delete', 'await', 'is-na-n', 'undefined', 'z', 'contract', 'define-job', 'constructor'])(
  '"%s" would need a variable that cannot be',
  (name) => {
    expect(() => checkTypeName(name)).toThrow(UsageError);
    expect(() => checkTypeName(name)).toThrow('Take two words.');
  },
);

test('a name may have 50 characters', () => {
  expect(checkTypeName('a'.repeat(50)).name).toHaveLength(50);
  expect(() => checkTypeName('a'.repeat(51))).toThrow('has at most 50 characters');
});

test('a missing name is refused with an example', () => {
  expect(() => checkTypeName(undefined)).toThrow(
    new UsageError('The name of the job type is missing: npm run new -- word-count'),
  );
});
