import { describe, expect, test } from '@jest/globals';
import { corsHeadersFor, gatewayCorsOf, whyStrangeOrigin } from '../../../../local/gateway/gateway-cors.ts';

const origin = 'https://app.example.com';
const parameters = (cors: string) => ({ auth: 'apiKey', jwtIssuer: '', jwtAudience: '', cors });
const cors = gatewayCorsOf(parameters(`http://localhost:5173, ${origin}`));
const methods = ['OPTIONS', 'GET', 'POST'];
const asked = { 'access-control-request-method': 'POST' };

describe('gateway cors', () => {
  test('a page of a named origin may read answers, and the headers that the client needs', () => {
    const headers = corsHeadersFor({ method: 'GET', headers: { origin } }, cors, methods);
    expect(headers).toEqual({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': expect.stringMatching(/\betag\b.*\blocation\b.*\bretry-after\b/),
    });
  });

  test('before a call it is told what it may send', () => {
    expect(corsHeadersFor({ method: 'OPTIONS', headers: { origin, ...asked } }, cors, methods)).toMatchObject(
      {
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'OPTIONS,GET,POST',
        'access-control-allow-headers': expect.stringMatching(/\bauthorization\b.*\bidempotency-key\b/),
        'access-control-max-age': '3600',
      },
    );
  });

  test.each([
    ['a page of another origin', 'https://evil.example.com', cors],
    ['a page of the same host by http', 'http://app.example.com', cors],
    ['a page without an origin', 'null', cors],
    ['a stage without the parameter', origin, gatewayCorsOf(parameters(''))],
  ])('nothing is added for %s', (_what, from, given) => {
    for (const method of ['GET', 'OPTIONS'])
      expect(corsHeadersFor({ method, headers: { origin: from, ...asked } }, given, methods)).toEqual({});
  });

  test('nothing is added for what is no page', () => {
    expect(corsHeadersFor({ method: 'GET', headers: {} }, cors, methods)).toEqual({});
  });

  describe('a call of a page', () => {
    const host = '127.0.0.1:3000';
    const post = (headers: object, url = '/schedules/nightly/run') => ({
      method: 'POST',
      url,
      headers: { host, ...headers },
    });

    test.each([
      ['a page of another origin', post({ origin: 'https://evil.example.com' })],
      ['another port of this machine', post({ origin: 'http://127.0.0.1:3001' })],
      ['a page without an origin', post({ origin: 'null' })],
      [
        'a page of another origin, to what is like a page',
        post({ origin: 'https://evil.example.com' }, '/uix'),
      ],
      [
        'a page of another origin, by a way out of the pages',
        post({ origin: 'https://evil.example.com' }, '/ui/../schedules/nightly/run'),
      ],
      [
        'a page of another origin that shows a credential',
        post({ origin: 'https://evil.example.com', authorization: 'Bearer a' }),
      ],
      [
        'a page of another origin that shows a credential to a page',
        post({ origin: 'null', authorization: 'Bearer a' }, '/ui/schedules/nightly/resume'),
      ],
      ['a page without an origin that only reads', { ...post({ origin: 'null' }), method: 'GET' }],
      [
        'a page of another origin that only reads a page',
        { ...post({ origin: 'https://evil.example.com' }, '/ui'), method: 'GET' },
      ],
    ])('is refused from %s', (_from, request) => {
      expect(whyStrangeOrigin(request, cors)).toMatch(/^A page of .* may not call\./);
      expect(whyStrangeOrigin(request, undefined)).toMatch(/^A page of .* may not call\./);
    });

    test.each([
      ['a page of a named origin', post({ origin })],
      ['a page of the stage itself', post({ origin: `http://${host}` })],
      ['what is no browser', post({})],
      ['anybody, if the pages check it', post({ origin: 'null' }, '/ui/sign-out')],
    ])('is let through from %s', (_from, request) => {
      expect(whyStrangeOrigin(request, cors)).toBeUndefined();
    });
  });
});
