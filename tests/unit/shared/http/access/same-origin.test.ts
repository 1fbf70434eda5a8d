import { describe, expect, test } from '@jest/globals';
import { requireSameOrigin } from '../../../../../shared/http/access/same-origin.ts';
import { ForbiddenError } from '../../../../../shared/job/errors.ts';
import { aRequest } from '../../../../set-ups/samples.ts';

const https = { host: 'api.example.com', 'x-forwarded-proto': 'https' };
const check =
  (headers: Record<string, string>, method = 'POST') =>
  () =>
    requireSameOrigin(aRequest({ method, headers }));

describe('what changes something', () => {
  test.each([
    ['a page of ours, says the browser', { ...https, 'sec-fetch-site': 'same-origin' }],
    ['a page of ours, by its origin', { ...https, origin: 'https://api.example.com' }],
    ['a page of ours on one machine', { host: '127.0.0.1:3000', origin: 'http://127.0.0.1:3000' }],
    [
      'a page of ours, without a host',
      { 'x-forwarded-proto': 'https', origin: 'https://domain.example.com' },
    ],
  ])('may come from %s', (_from, headers) => {
    expect(check(headers)).not.toThrow();
  });

  test.each<[string, Record<string, string>]>([
    ['another site', { ...https, 'sec-fetch-site': 'cross-site' }],
    ['another host of the same site', { ...https, 'sec-fetch-site': 'same-site' }],
    ['the address bar', { ...https, 'sec-fetch-site': 'none' }],
    [
      'another site that has our origin in another header',
      { ...https, 'sec-fetch-site': 'cross-site', origin: 'https://api.example.com' },
    ],
    ['another origin', { ...https, origin: 'https://evil.example.com' }],
    ['another port', { ...https, origin: 'https://api.example.com:8443' }],
    ['another protocol', { ...https, origin: 'http://api.example.com' }],
    ['an origin that is hidden', { ...https, origin: 'null' }],
    ['nowhere, as far as is known', https],
  ])('may not come from %s', (_from, headers) => {
    for (const method of ['POST', 'PUT', 'DELETE']) expect(check(headers, method)).toThrow(ForbiddenError);
  });
});

test.each(['GET', 'HEAD'])('a %s changes nothing, and may come from everywhere', (method) => {
  expect(check({ ...https, 'sec-fetch-site': 'cross-site' }, method)).not.toThrow();
});
