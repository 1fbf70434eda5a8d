import { describe, expect, test } from '@jest/globals';
import {
  errorFingerprint,
  patternOf,
} from '../../../../../../shared/domain/state/failures/error-fingerprint.ts';

const sentences = "It was not there, and it isn't here. ";

describe('patternOf', () => {
  test.each([
    ['order 4711 is not paid', 'order 4812 is not paid'],
    ['took -3.5 s of 1,200', 'took 12 s of 7'],
    ['no user 3f2b8c1e-0d4a-4b6f-9a51-7c2d1e0f9b8a', 'no user ABCDEFAB-ABCD-ABCD-ABCD-ABCDEFABCDEF'],
    ['bad checksum 0x1f3a', 'bad checksum 0xbeef01'],
    ['object 9f86d081884c7d65 is gone', 'object d7a8fbb307d78094 is gone'],
    ['no such customer: cus_9s6XKzkNRiz8i3', 'no such customer: cus_8AbZ'],
    ['no column "a"', 'no column "the other \' column"'],
    ["no column 'b'", 'no column `a b`'],
    ["it isn't in 'a' or 'b'", "it isn't in 'x y' or 'z'"],
    ['GET https://api.example.com/v1/users?page=3 failed', 'GET https://api.example.com/v2 failed'],
    ['https://api.example.com:443/a', 'https://api.example.com:8443/b'],
    ['open /tmp/a/b.csv: no such file', 'open /var/lib/x: no such file'],
    ['open C:\\temp\\a.csv: no', 'open D:\\b.csv: no'],
    ['no module ../lib/x.js', 'no module ./y.js'],
    ['due at 2026-11-28T12:07:19.123Z', 'due at 2026-01-02T03:04:05Z'],
    ['mail to ada@example.com bounced', 'mail to <bob+x@example.org> bounced'],
    ['line 3\n  at column 4', 'line 13 at column 40'],
    ['connect ECONNREFUSED 10.0.0.1:5432', 'connect ECONNREFUSED 192.168.7.12:5433'],
    ['[1,2,3] is too short', '[10,20] is too short'],
  ])('is the same for %j and %j', (one, other) => {
    const same = (text: string) => patternOf(text).replaceAll(/[<>]/g, '');
    expect(same(one)).toBe(same(other));
  });

  test.each([
    ['order # is not paid', 'order # is not shipped'],
    ['GET https://a.example.com/x failed', 'GET https://b.example.com/x failed'],
    ['text/html is not accepted', 'text/csv is not accepted'],
    ['S3 refused it', 'SQS refused it'],
    ["it isn't there, he's gone", "it isn't here, he's gone"],
    ['Zahlung fällig', 'Zahlung überfällig'],
  ])('differs between %j and %j', (one, other) => {
    expect(patternOf(one)).not.toBe(patternOf(other));
  });

  test('keeps what a message always says', () => {
    expect(patternOf("Cannot read properties of undefined (reading 'id') at row 12")).toBe(
      'Cannot read properties of undefined (reading "…") at row #',
    );
    expect(patternOf('')).toBe('');
  });

  test('compares the beginning of a long message', () => {
    const long = sentences.repeat(50);
    expect(patternOf(`${long}a`)).toBe(patternOf(`${long}b`));
    expect(patternOf(long)).toHaveLength(300);
    expect(patternOf(`failed: "${'x'.repeat(3_000)}"`)).toBe('failed: "…"');
  });

  test.each([
    'a',
    '/',
    '"',
    "'",
    '`',
    '@',
    '#',
    '.',
    '-',
    '1',
    ':',
    '\\',
    ' ',
    'a://',
    "'a",
    '/a',
    'a@',
    '#-',
    '1,',
    'f-',
  ])('takes a short time for a million times %j', (part) => {
    const started = performance.now();
    patternOf(part.repeat(1_000_000));
    expect(performance.now() - started).toBeLessThan(200);
  });
});

describe('errorFingerprint', () => {
  test('is of name and pattern', () => {
    const error = { name: 'TypeError', message: 'row 1' };
    expect(errorFingerprint(error)).toBe(errorFingerprint({ ...error, message: 'row 2' }));
    expect(errorFingerprint(error)).not.toBe(errorFingerprint({ ...error, name: 'RangeError' }));
    expect(errorFingerprint({ name: 'a', message: 'bc' })).not.toBe(
      errorFingerprint({ name: 'ab', message: 'c' }),
    );
  });
});
