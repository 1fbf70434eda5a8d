import { describe, expect, test } from '@jest/globals';
import { parseIdempotencyKey } from '../../../../shared/http/parse-idempotency-key.ts';
import { InvalidRequestError } from '../../../../shared/job/errors.ts';

const maxKey = 'k'.repeat(255);

describe('parseIdempotencyKey', () => {
  test.each([
    ['a UUID in quotes', '"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    [
      'spaces and punctuation in quotes',
      '"with blanks, (and) [other] {marks}; not"',
      'with blanks, (and) [other] {marks}; not',
    ],
    ['escaped quotes', String.raw`"a \"quoted\" word"`, 'a "quoted" word'],
    ['an escaped backslash', String.raw`"back\\slash"`, 'back\\slash'],
    ['nothing but escaped characters', String.raw`"\\\""`, '\\"'],
    ['a key between spaces and tabs', '  "around it"\t', 'around it'],
    ['a UUID without quotes', '8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    [
      'every character that is allowed without quotes',
      "bare!#$%&'*+-.^_`|~09azAZ:/=",
      "bare!#$%&'*+-.^_`|~09azAZ:/=",
    ],
    ['base64 without quotes', 'YmFzZTY0+/==', 'YmFzZTY0+/=='],
    ['255 characters without quotes', maxKey, maxKey],
    ['255 characters in quotes', `"${maxKey}"`, maxKey],
    ['255 escaped characters', `"${'\\"'.repeat(255)}"`, '"'.repeat(255)],
  ])('reads a header with %s', (_what, header, key) => {
    expect(parseIdempotencyKey(header)).toBe(key);
  });

  test('returns undefined if there is no header', () => {
    expect(parseIdempotencyKey(undefined)).toBeUndefined();
  });

  test('reads the same key with and without quotes', () => {
    expect(parseIdempotencyKey('abc')).toBe(parseIdempotencyKey('"abc"'));
  });

  test.each([
    ['that is empty', ''],
    ['of spaces only', '  '],
    ['that is empty in quotes', '""'],
    ['of one quote', '"'],
    ['without a closing quote', '"abc'],
    ['without an opening quote', 'abc"'],
    ['with an unknown escape', String.raw`"a\nb"`],
    ['with an escape at its end', String.raw`"abc\"`],
    ['with a quote inside', '"a"b"'],
    ['with parameters', '"abc"; a=1'],
    ['with two keys', '"abc", "def"'],
    ['with a space but no quotes', 'a b'],
    ['with a comma but no quotes', 'a,b'],
    ['with a backslash but no quotes', 'a\\b'],
    ['with a non-ASCII character', '"é"'],
    ['with a non-ASCII character and no quotes', 'é'],
    ['with a control character', '"a\u0007"'],
    ['with a line end', '"a\nb"'],
    ['with a DEL character', '"\u007f"'],
    ['of more than 255 characters', `${maxKey}k`],
    ['of more than 255 characters in quotes', `"${maxKey}k"`],
  ])('rejects a header %s', (_what, header) => {
    const parsing = () => parseIdempotencyKey(header);
    expect(parsing).toThrow(InvalidRequestError);
    expect(parsing).toThrow(
      expect.objectContaining({ violations: [expect.objectContaining({ pointer: 'Idempotency-Key' })] }),
    );
  });
});
