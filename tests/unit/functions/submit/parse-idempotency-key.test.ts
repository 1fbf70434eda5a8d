import { describe, expect, test } from '@jest/globals';
import { parseIdempotencyKey } from '../../../../functions/submit/parse-idempotency-key.ts';
import { InvalidRequestError } from '../../../../shared/job/errors.ts';

const longest = 'k'.repeat(255);

describe('an Idempotency-Key', () => {
  test.each([
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    [
      '"with blanks, (and) [other] {marks}; é not"'.replace('é ', ''),
      'with blanks, (and) [other] {marks}; not',
    ],
    [String.raw`"a \"quoted\" word"`, 'a "quoted" word'],
    [String.raw`"back\\slash"`, 'back\\slash'],
    [String.raw`"\\\""`, '\\"'],
    ['  "around it"\t', 'around it'],
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ["bare!#$%&'*+-.^_`|~09azAZ:/=", "bare!#$%&'*+-.^_`|~09azAZ:/="],
    ['YmFzZTY0+/==', 'YmFzZTY0+/=='],
    [longest, longest],
    [`"${longest}"`, longest],
    [`"${'\\"'.repeat(255)}"`, '"'.repeat(255)],
  ])('%s is %s', (header, key) => {
    expect(parseIdempotencyKey(header)).toBe(key);
  });

  test('may be left out', () => {
    expect(parseIdempotencyKey(undefined)).toBeUndefined();
  });

  test('is the same bare and in quotes', () => {
    expect(parseIdempotencyKey('abc')).toBe(parseIdempotencyKey('"abc"'));
  });

  test.each([
    ['empty', ''],
    ['blank', '  '],
    ['empty in quotes', '""'],
    ['a lone quote', '"'],
    ['not closed', '"abc'],
    ['not opened', 'abc"'],
    ['with an escape that there is not', String.raw`"a\nb"`],
    ['with an escape at its end', String.raw`"abc\"`],
    ['with a quote inside', '"a"b"'],
    ['with parameters', '"abc"; a=1'],
    ['two', '"abc", "def"'],
    ['bare with a blank', 'a b'],
    ['bare with a comma', 'a,b'],
    ['bare with a backslash', 'a\\b'],
    ['with a character beyond ASCII', '"é"'],
    ['bare with a character beyond ASCII', 'é'],
    ['with a control character', '"a\u0007"'],
    ['with a line end', '"a\nb"'],
    ['with DEL', '"\u007f"'],
    ['too long', `${longest}k`],
    ['too long in quotes', `"${longest}k"`],
  ])('is refused when it is %s', (_what, header) => {
    const parsing = () => parseIdempotencyKey(header);
    expect(parsing).toThrow(InvalidRequestError);
    expect(parsing).toThrow(
      expect.objectContaining({ violations: [expect.objectContaining({ pointer: 'Idempotency-Key' })] }),
    );
  });
});
