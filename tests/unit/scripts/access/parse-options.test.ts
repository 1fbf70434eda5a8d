import { describe, expect, test } from '@jest/globals';
import { parseOptions } from '../../../../scripts/access/parse-options.ts';
import { UsageError } from '../../../../scripts/usage-error.ts';

const now = Date.parse('2026-11-25T10:00:00Z');
const dayMs = 24 * 3_600_000;

test('everything that is missing or wrong is named at once', () => {
  const texts = { rights: 'read,fly', expires: '2020-01-01' };
  expect(() => parseOptions(['tenant', 'rights', 'expires', 'stage'], texts, now)).toThrow(
    new UsageError(
      [
        '--tenant is missing: whose jobs it is about, such as team-blue',
        '--rights "read,fly" names "fly", and there is no such right. There are: submit, read, control, erase, admin, operate',
        '--expires "2020-01-01" is neither a day ahead, such as 2099-12-31, nor a time from now, such as 90d',
        '--stage is missing: local for `npm start` on this machine, or a deployed stage, such as dev or prod',
      ].join('\n'),
    ),
  );
});

test('rights are a comma list, each once', () => {
  expect(parseOptions(['rights'], { rights: 'submit, read,submit' }, now)).toEqual({
    rights: ['submit', 'read'],
  });
});

test.each([
  ['90d', now + 90 * dayMs],
  ['36h', now + 1.5 * dayMs],
  ['2027-01-01', Date.parse('2027-01-01T00:00:00Z')],
  [undefined, undefined],
])('--expires %s is understood', (expires, moment) => {
  expect(parseOptions(['expires'], { expires }, now)).toEqual({ expires: moment });
});

describe.each([
  ['expires', ['', '0d', '90', '90w', 'soon', '2027-02-31', '2027-1-1', '2026-11-25']],
  ['grace', ['', '24', '-1h', '1y']],
  ['stage', ['', 'a b', 'x/y']],
  ['tenant', ['', 'a b', 'é', 'x'.repeat(129)]],
  ['rights', ['', ',', 'READ']],
  ['id', ['', 'role/abcdefghijkl', 'short', 'sjw_abcdefghijkl_x']],
  ['role', ['', 'path/name', 'arn:aws:iam::1:role/x']],
  ['name', ['', 'jobs', 'root']],
] as const)('%s', (name, wrong) => {
  test.each(wrong)('"%s" is refused', (text) => {
    expect(() => parseOptions([name], { [name]: text }, now)).toThrow(UsageError);
  });
});

test('the id of a key is understood as a key has it, and as the list shows it', () => {
  expect(parseOptions(['id'], { id: 'abcdefghijkl' }, now)).toEqual({ id: 'abcdefghijkl' });
  expect(parseOptions(['id'], { id: 'sjw_abcdefghijkl' }, now)).toEqual({ id: 'abcdefghijkl' });
  expect(parseOptions(['id'], { id: 'key/abcdefghijkl' }, now)).toEqual({ id: 'abcdefghijkl' });
});

test('a whole key in the place of its id is not repeated in the error', () => {
  const parse = () => parseOptions(['id'], { id: 'sjw_abcdefghijkl_thesecret' }, now);
  expect(parse).toThrow('"sjw_abcdefghijkl_..." is not the id of a key');
});
