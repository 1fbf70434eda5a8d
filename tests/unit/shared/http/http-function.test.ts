import { describe, expect, test } from '@jest/globals';
import {
  answerRoute,
  httpFunction,
  jobIdIn,
  type RouteHandlers,
} from '../../../../shared/http/http-function.ts';
import { problem } from '../../../../shared/http/respond.ts';
import { ConflictError, JobNotFoundError } from '../../../../shared/job/errors.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { aKey, aKeyEntry, anAccess } from '../../../set-ups/access.ts';
import { aKeyedRequest, aRequest, jobId } from '../../../set-ups/samples.ts';

const answer = { statusCode: 200, headers: { etag: '"1"' }, body: 'an answer' };

function status(over: { job?: () => Promise<typeof answer>; rights?: 'control' | 'read' } = {}) {
  const { job = async () => answer, rights = 'read' } = over;
  const { deps, store } = anAccess();
  store.put(aKeyEntry(aKey(), { rights: [rights], tenant: 'its tenant' }));
  const calls: unknown[] = [];
  const log = recordedLog();
  const handler = httpFunction(
    'status',
    {
      'GET /jobs/{id}': (_request, { tenant }) => {
        calls.push(['job', tenant]);
        return job();
      },
    },
    { access: deps, log },
  );
  return { handler, calls, log };
}

const jobKey = 'GET /jobs/{id}';
const jobRequest = (key = aKey(), over = {}) => aKeyedRequest(key, { routeKey: jobKey, ...over });

describe('httpFunction', () => {
  test('gives each route to its handler, with who was let in', async () => {
    const { handler, calls } = status();
    expect(await handler(jobRequest())).toEqual(answer);
    expect(calls).toEqual([['job', 'its tenant']]);
  });

  test('gives a route that a grant opens to its handler, with the viewer', async () => {
    const { deps: access, store } = anAccess();
    store.put(aKeyEntry(aKey(), { rights: ['read'], tenant: 'its tenant' }));
    const viewers: unknown[] = [];
    const page: RouteHandlers<'pages'>['GET /ui/jobs/{id}'] = async (_request, viewer) => {
      viewers.push(viewer);
      return answer;
    };
    const handlers = { 'GET /ui/jobs/{id}': page } as RouteHandlers<'pages'>;
    const deps = { access, log: recordedLog(), handlers };
    expect(await answerRoute<'pages'>('GET /ui/jobs/{id}', jobRequest(), deps)).toEqual(answer);
    expect(viewers).toEqual([{ kind: 'caller', tenant: 'its tenant', rights: ['read'] }]);
  });

  test.each(['POST /jobs/{id}/cancel', 'POST /jobs', 'HEAD /jobs', '$default', 'toString', '__proto__', ''])(
    'answers 500 to the route "%s", which is not its own, and calls no handler',
    async (routeKey) => {
      const { handler, calls, log } = status();
      expect((await handler(aKeyedRequest(aKey(), { routeKey }))).statusCode).toBe(500);
      expect(calls).toEqual([]);
      expect(log.lines).toMatchObject([{ level: 'error', message: 'request failed' }]);
    },
  );

  test.each([
    [401, 'without a credential', aRequest({ routeKey: jobKey }), {}],
    [401, 'with an unknown key', jobRequest(aKey('z')), {}],
    [403, 'without the right', jobRequest(), { rights: 'control' as const }],
  ])('answers %d %s, and calls no handler', async (expected, _what, request, over) => {
    const { handler, calls } = status(over);
    const response = await handler(request);
    expect(response.statusCode).toBe(expected);
    expect(problem.parse(JSON.parse(response.body ?? '')).status).toBe(expected);
    expect(calls).toEqual([]);
  });

  test('makes a problem document of what a handler throws', async () => {
    const { handler } = status({ job: () => Promise.reject(new ConflictError('no')) });
    const response = await handler(jobRequest());
    expect(problem.parse(JSON.parse(response.body ?? ''))).toMatchObject({ status: 409, detail: 'no' });
  });

  test('refuses a query parameter that the route does not know, and says which ones it does', async () => {
    const { handler, calls } = status();
    const response = await handler(jobRequest(aKey(), { rawQueryString: 'wait=1&Wait=1&x=2&x=3' }));
    const { errors, ...rest } = problem.parse(JSON.parse(response.body ?? ''));
    expect(rest).toMatchObject({ status: 400, type: '/problems/invalid-request' });
    expect(errors).toEqual([
      { pointer: 'Wait', detail: 'unknown query parameter; there are: wait' },
      { pointer: 'x', detail: 'unknown query parameter; there are: wait' },
    ]);
    expect(calls).toEqual([]);
  });

  test('says nothing about the query to whoever is not let in', async () => {
    const { handler } = status();
    const request = aRequest({ routeKey: jobKey, rawQueryString: 'x=1' });
    expect((await handler(request)).statusCode).toBe(401);
  });
});

const headRequest = (key = aKey()) => jobRequest(key, { routeKey: 'HEAD /jobs/{id}', method: 'HEAD' });

describe('httpFunction answers a HEAD', () => {
  test('as the GET of the same address, without the body', async () => {
    const { handler, calls } = status();
    expect(await handler(headRequest())).toEqual({ statusCode: 200, headers: { etag: '"1"' } });
    expect(calls).toEqual([['job', 'its tenant']]);
  });

  test('without the body of a problem, too', async () => {
    const { handler } = status();
    const { statusCode, headers, ...rest } = await handler(headRequest(aKey('z')));
    expect(statusCode).toBe(401);
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'www-authenticate': 'Bearer',
    });
    expect(rest).toEqual({});
  });
});

test('the job of a request is the one in its path, and a text that is no id names none', () => {
  expect(jobIdIn(aRequest({ pathParameters: { id: jobId } }))).toBe(jobId);
  for (const id of ['', 'no id'])
    expect(() => jobIdIn(aRequest({ pathParameters: { id } }))).toThrow(JobNotFoundError);
  expect(() => jobIdIn(aRequest())).toThrow(JobNotFoundError);
});
