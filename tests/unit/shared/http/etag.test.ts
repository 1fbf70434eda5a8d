import { expect, test } from '@jest/globals';
import { hasEtag } from '../../../../shared/http/etag.ts';

const etag = '"a-tag"';

test.each(['"a-tag"', 'W/"a-tag"', ' "a-tag" ', '*', '"other", "a-tag"', 'W/"other",W/"a-tag"', '"other",*'])(
  'the If-None-Match %s has the tag "a-tag"',
  (header) => {
    expect(hasEtag(header, etag)).toBe(true);
  },
);

test.each([
  undefined,
  '',
  ' ',
  '"other"',
  'a-tag',
  '"A-tag"',
  "'a-tag'",
  '"a-tag',
  'w/"a-tag"',
  '"a-tag" "b"',
])('the If-None-Match %s does not have the tag "a-tag"', (header) => {
  expect(hasEtag(header, etag)).toBe(false);
});
