import { describe, expect, test } from '@jest/globals';
import { problem } from '../../../../shared/http/respond.ts';
import { ConflictError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { aCall, anApiFunction, answerOf, apiRoutes } from '../../../fakes/api-function.ts';
import { aRequest } from '../../../fakes/samples.ts';

const cancel = 'POST /jobs/{id}/cancel';
const readings = apiRoutes.filter((key) => key.startsWith('GET '));

describe('the function api', () => {
  test.each(apiRoutes)('answers %s by its handler, which gets the request as it came', async (key) => {
    const { call, requests } = anApiFunction();
    const request = aCall(key);
    expect(await call(request)).toMatchObject(answerOf(key));
    expect(requests).toHaveLength(1);
    expect(requests[0]).toBe(request);
  });

  test.each(readings)('answers the HEAD of %s as the GET, without the body', async (key) => {
    const { call } = anApiFunction();
    const response = await call(aCall(key.replace('GET ', 'HEAD ')));
    expect(response).toMatchObject({ statusCode: 200, headers: answerOf(key).headers, body: '' });
  });

  test.each([
    ['has a body', { body: '{"a":1}' }],
    ['has a body of no bytes', { body: '' }],
    ['has the body null, as the local stand-in of API Gateway', { body: JSON.parse('null') }],
    ['has a body in base64', { body: 'e30=', isBase64Encoded: true }],
    ['has a host that is none', { headers: { host: 'a host/?#[' } }],
    ['has a host that no header may have', { headers: { host: 'ж\n' } }],
    ['has no headers', { headers: {} }],
    ['has a query that is none', { rawQueryString: '%' }],
    ['has cookies', { cookies: ['a=1', 'ж'] }],
  ])('answers a GET that %s', async (_what, over) => {
    const { call, requests } = anApiFunction();
    const request = aRequest({ routeKey: 'GET /health', rawPath: '/health', ...over });
    const { statusCode } = await call(request);
    expect(statusCode).toBe('rawQueryString' in over ? 400 : 200);
    expect(requests).toEqual('rawQueryString' in over ? [] : [request]);
  });

  /** API Gateway passes the path on without its percent-encoding. It has found the route before. */
  test.each([
    ['a slash', '/jobs/a/b/cancel'],
    ['two dots', '/jobs/../cancel'],
    ['two dots that lead to another route', '/jobs/x/../y/retry/../cancel'],
    ['a question mark', '/jobs/a?b/cancel'],
    ['a hash', '/jobs/a#b/cancel'],
    ['a percent sign', '/jobs/%/cancel'],
    ['a backslash', '/jobs/a\\b/cancel'],
    ['a line break', '/jobs/a\nb/cancel'],
    ['letters of another script', '/jobs/жéあ/cancel'],
    ['half a character', '/jobs/\ud800/cancel'],
    ['a space', '/jobs/a b/cancel'],
    ['quotes', '/jobs/"\'/cancel'],
    ['what looks like a host', '/jobs/@example.com:1/cancel'],
    ['the name of a stage before it', '/prod/jobs/x/cancel'],
    ['a slash at its end', '/jobs/x/cancel/'],
  ])('answers by the route that API Gateway has found, if the path has %s', async (_what, rawPath) => {
    const { call } = anApiFunction();
    expect(await call(aCall(cancel, { rawPath }))).toMatchObject(answerOf(cancel));
  });

  test.each([
    ['GET', '/nothing'],
    ['GET', '/health/'],
    ['POST', '/jobs//cancel'],
    ['PUT', '/jobs'],
    ['BREW', '/jobs'],
    ['get', '/health'],
    ['TRACE', '/'],
    ['CONNECT', 'example.com:443'],
    ['GET', '//example.com'],
    ['GET', ''],
  ])('gives %s %s, for which there is no route, to the handler for all the rest', async (method, rawPath) => {
    const { call } = anApiFunction();
    const response = await call(aCall('$default', { method, rawPath }));
    expect(response).toMatchObject(answerOf('$default'));
  });
});

test('the query of an address where there is nothing is not looked at', async () => {
  const { call } = anApiFunction();
  const response = await call(aCall('$default', { rawPath: '/nothing', rawQueryString: 'page=2' }));
  expect(response).toMatchObject(answerOf('$default'));
});

describe('of what the function api does not answer with 200, ', () => {
  test.each([
    ['what a handler throws', () => new ConflictError('no'), 409, 'no'],
    ['what the table throws', () => new StoreUnavailableError('secret'), 503, expect.any(String)],
    ['what nobody has thought of', () => new TypeError('secret'), 500, expect.any(String)],
    ['what is no error', () => ({ statusCode: 200, message: 'secret' }), 500, expect.any(String)],
  ])('%s becomes a problem document', async (_what, thrown, status, detail) => {
    const { call } = anApiFunction({ [cancel]: () => Promise.reject(thrown()) });
    const { statusCode, headers, body = '' } = await call(aCall(cancel));
    expect(statusCode).toBe(status);
    expect(headers?.['content-type']).toBe('application/problem+json');
    expect(problem.parse(JSON.parse(body))).toMatchObject({ status, detail });
    expect(body).not.toContain('secret');
  });

  test('an answer that cannot be sent becomes a problem document, too', async () => {
    const { call, log } = anApiFunction({
      [cancel]: async () => ({ statusCode: 200, headers: { location: 'https://ж' } }),
    });
    const { statusCode, headers, body = '' } = await call(aCall(cancel));
    expect([statusCode, headers?.['content-type']]).toEqual([500, 'application/problem+json']);
    expect(problem.parse(JSON.parse(body)).type).toBe('/problems/internal-error');
    expect(log.lines).toMatchObject([{ level: 'error', message: 'request failed' }]);
  });

  test('a route that was deployed and that it does not know is an error of ours', async () => {
    for (const routeKey of ['GET /jobs/{id}', 'POST /jobs/{id}/pause', 'POST /health', '', 'nonsense']) {
      const { call, requests } = anApiFunction();
      expect((await call(aCall(routeKey))).statusCode).toBe(500);
      expect(requests).toEqual([]);
    }
  });

  test.each([204, 304])('%d has no content type', async (statusCode) => {
    const { call } = anApiFunction({ [cancel]: async () => ({ statusCode, headers: { etag: '"1"' } }) });
    const response = await call(aCall(cancel));
    expect(response).toMatchObject({ statusCode, headers: { etag: '"1"' }, body: '' });
    expect(Object.keys(response.headers ?? {})).toEqual(['etag']);
  });

  test('whoever is not let in learns nothing but that', async () => {
    const { call } = anApiFunction();
    const { headers: _, ...request } = aCall(cancel, { rawQueryString: 'x=1' });
    expect((await call({ ...request, headers: {} })).statusCode).toBe(401);
  });
});

test('requests that come at the same time get each their own answer', async () => {
  const { call } = anApiFunction();
  const keys = Array.from({ length: 10 }, () => apiRoutes).flat();
  const answers = await Promise.all(keys.map((key) => call(aCall(key))));
  expect(answers.map(({ headers }) => headers?.['x-route'])).toEqual(keys);
});
