import { expect, test } from '@jest/globals';
import { safeNext } from '../../../../functions/pages/sign-in-page.ts';

test.each([
  '/ui',
  '/ui?status=failed&tag=%C3%A9',
  '/ui/jobs/00000000-0000-4000-8000-000000000000',
  '/ui/queues',
])('a sign-in leads to %s', (next) => {
  expect(safeNext(next)).toBe(next);
});

test.each([
  undefined,
  null,
  '',
  '/',
  'ui',
  '/uix',
  '/jobs',
  'https://example.com/ui',
  '//example.com/ui',
  '/\\example.com/ui',
  '/ui\\..\\..\\example.com',
  '/ui/..//example.com',
  '/ui/../jobs',
  'javascript:alert(1)//ui',
  'http://',
])('a sign-in leads to the first page, and not to %j', (next) => {
  expect(safeNext(next)).toBe('/ui');
});

/** Such a text in a header would make an answer fail. */
test.each([
  ['/ui/job-types/ж', '/ui/job-types/%D0%B6'],
  ['/ui/job-types/a\r\nset-cookie: a=b', '/ui/job-types/aset-cookie:%20a=b'],
  ['/ui?tag=\ud800', '/ui?tag=%EF%BF%BD'],
  ['/ui?tag=ж%20', '/ui?tag=%D0%B6%20'],
])('a sign-in leads to %j as it can stand in a header', (next, location) => {
  expect(safeNext(next)).toBe(location);
  expect(new Headers({ location: safeNext(next) }).get('location')).toBe(location);
});
