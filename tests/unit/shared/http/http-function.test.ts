import { describe, expect, test } from '@jest/globals';
import { defined } from '../../../../shared/domain/base/defined.ts';
import {
  asError,
  ConfigError,
  ConflictError,
  ForbiddenError,
  InvalidRequestError,
  JobNotFoundError,
  KeyReusedError,
  MethodNotAllowedError,
  NewerVersionError,
  NoResultError,
  NotFoundError,
  PayloadTooLargeError,
  QueueUnavailableError,
  RootSecretMissingError,
  StoreUnavailableError,
  UnauthenticatedError,
  UnreadableMessageError,
  UnsupportedMediaTypeError,
} from '../../../../shared/domain/base/errors.ts';
import { ObjectsUnavailableError } from '../../../../shared/domain/objects/object-errors.ts';
import { allowedMethods } from '../../../../shared/http/allowed-methods.ts';
import {
  answerRoute,
  httpFunction,
  jobIdIn,
  type RouteHandlers,
} from '../../../../shared/http/http-function.ts';
import { pagesRoutes, routes, statusRoutes } from '../../../../shared/http/routes.ts';
import { hasEtag } from '../../../../shared/http/wire/etag.ts';
import type { HttpResponse } from '../../../../shared/http/wire/http-types.ts';
import { withoutEndSlashes } from '../../../../shared/http/wire/paths.ts';
import { jsonResponse, problem, problemOf, problemResponse } from '../../../../shared/http/wire/respond.ts';
import type { Route } from '../../../../shared/http/wire/route.ts';
import { traceparentIn } from '../../../../shared/http/wire/traceparent.ts';
import type { TenantDoor } from '../../../../shared/operations/doors/tenant-door.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { aKey, aKeyEntry, anAccess } from '../../../set-ups/access.ts';
import { aKeyedRequest, aRequest, jobId } from '../../../set-ups/samples.ts';
import { aDoor } from '../../../set-ups/tenant-door.ts';

const answer = { statusCode: 200, headers: { etag: '"1"' }, body: 'an answer' };
const ofAll = { 'x-content-type-options': 'nosniff', 'cross-origin-opener-policy': 'same-origin' };
const sent = { ...answer, headers: { ...answer.headers, ...ofAll } };

interface Over {
  readonly job?: () => Promise<HttpResponse>;
  readonly rights?: 'control' | 'read';
  readonly publicUrl?: string;
  readonly requests?: TenantDoor;
}

function status(over: Over = {}) {
  const { job = async () => answer, rights = 'read', publicUrl = '', requests } = over;
  const { deps, store } = anAccess();
  store.put(aKeyEntry(aKey(), { rights: [rights], tenant: 'its tenant' }));
  const calls: unknown[] = [];
  const log = recordedLog();
  const handler = httpFunction(
    statusRoutes,
    {
      'GET /jobs/{id}': (_request, { tenant }) => {
        calls.push(['job', tenant]);
        return job();
      },
    },
    { access: deps, log, publicUrl, ...defined({ requests }) },
  );
  return { handler, calls, log };
}

const jobKey = 'GET /jobs/{id}';
const jobRequest = (key = aKey(), over = {}) => aKeyedRequest(key, { routeKey: jobKey, ...over });

const headRequest = (key = aKey()) => jobRequest(key, { routeKey: 'HEAD /jobs/{id}', method: 'HEAD' });

describe('http function', () => {
  describe('httpFunction', () => {
    test.each([
      ['what its handler answers', {}, aKey(), 200],
      ['a redirect', { job: async () => ({ statusCode: 303, headers: { location: '/' } }) }, aKey(), 303],
      ['no body', { job: async () => ({ statusCode: 304 }) }, aKey(), 304],
      ['an error', { job: () => Promise.reject(new Error('no')) }, aKey(), 500],
      ['a refusal', {}, aKey('z'), 401],
    ])(
      'gives the headers of every answer to %s, and HSTS where the request came by https',
      async (_what, over, key, code) => {
        const { handler } = status(over);
        const byHttp = await handler(jobRequest(key));
        expect([byHttp.statusCode, byHttp.headers]).toEqual([code, expect.objectContaining(ofAll)]);
        expect(byHttp.headers).not.toHaveProperty('strict-transport-security');
        const { headers } = jobRequest(key);
        const byHttps = await handler(
          jobRequest(key, { headers: { ...headers, 'x-forwarded-proto': 'https' } }),
        );
        expect(byHttps.headers).toMatchObject({ ...ofAll, 'strict-transport-security': 'max-age=31536000' });
      },
    );

    test('logs 200 characters of a path: its length is up to the caller', async () => {
      const { handler, log } = status();
      await handler(jobRequest(aKey('z'), { rawPath: `/jobs/${'x'.repeat(9_000)}` }));
      const [line] = log.lines;
      expect(String(line?.fields?.path)).toHaveLength(200);
    });

    test('lets in as many requests a second of each tenant as it may send', async () => {
      const { door } = aDoor({ requestsPerSecond: 2 });
      const { handler, calls } = status({ requests: door });
      for (const request of [headRequest(), jobRequest()])
        expect((await handler(request)).statusCode).toBe(200);
      const refused = await handler(jobRequest());
      expect([refused.statusCode, refused.headers]).toEqual([
        429,
        expect.objectContaining({
          'retry-after': '1',
          ratelimit: '"requestsPerSecond";r=0;t=1',
          'ratelimit-policy': '"requestsPerSecond";q=2;w=1',
        }),
      ]);
      // A caller without a credential is of no tenant.
      expect((await handler(jobRequest(aKey('z')))).statusCode).toBe(401);
      expect(calls).toHaveLength(2);
    });

    test('gives each route to its handler, with who was let in', async () => {
      const { handler, calls } = status();
      expect(await handler(jobRequest())).toEqual(sent);
      expect(calls).toEqual([['job', 'its tenant']]);
    });

    test('leads, and names what went wrong, below the path of the public URL', async () => {
      const leading = (location: string) => async () => ({ statusCode: 303, headers: { location } });
      const of = (job?: Over['job']) =>
        status({ publicUrl: 'https://api.example.com/v1', ...(job ? { job } : {}) }).handler(jobRequest());
      expect(await of(leading('/ui/jobs'))).toMatchObject({ headers: { location: '/v1/ui/jobs' } });
      expect(await of(leading('https://a.example/b'))).toMatchObject({
        headers: { location: 'https://a.example/b' },
      });
      const { body = '' } = await of(() => Promise.reject(new ConflictError('no')));
      expect(problem.parse(JSON.parse(body))).toMatchObject({
        type: '/v1/problems/conflict',
        instance: `/v1/jobs/${jobId}`,
      });
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
      const deps = { access, log: recordedLog(), routes: pagesRoutes, handlers };
      expect(await answerRoute('GET /ui/jobs/{id}', jobRequest(), deps)).toEqual(sent);
      expect(viewers).toMatchObject([{ kind: 'caller', tenant: 'its tenant', rights: ['read'] }]);
    });

    test.each([
      'POST /jobs/{id}/cancel',
      'POST /jobs',
      'HEAD /jobs',
      '$default',
      'toString',
      '__proto__',
      '',
    ])('answers 500 to the route "%s", which is not its own, and calls no handler', async (routeKey) => {
      const { handler, calls, log } = status();
      expect((await handler(aKeyedRequest(aKey(), { routeKey }))).statusCode).toBe(500);
      expect(calls).toEqual([]);
      expect(log.lines).toMatchObject([{ level: 'error', message: 'request failed' }]);
    });

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

    test('says nothing about the query to a caller that is not let in', async () => {
      const { handler } = status();
      const request = aRequest({ routeKey: jobKey, rawQueryString: 'x=1' });
      expect((await handler(request)).statusCode).toBe(401);
    });
  });

  describe('httpFunction answers a HEAD', () => {
    test('as the GET of the same address, without the body', async () => {
      const { handler, calls } = status();
      expect(await handler(headRequest())).toEqual({ statusCode: 200, headers: { etag: '"1"', ...ofAll } });
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
});

function responseTo(thrown: unknown) {
  const log = recordedLog();
  const request = aRequest({ rawPath: '/jobs/some/path', rawQueryString: 'grant=a-grant' });
  const response = problemResponse(asError(thrown), request, log);
  return { ...response, problem: problem.parse(JSON.parse(response.body ?? '')), log };
}

describe('respond', () => {
  describe('problemResponse', () => {
    const cause = new Error('an internal detail');

    const clientErrors: readonly [Error, status: number, name: string][] = [
      [new InvalidRequestError('a message for the client', [], { cause }), 400, 'invalid-request'],
      [new ForbiddenError('a message for the client', { cause }), 403, 'forbidden'],
      [new JobNotFoundError('a message for the client', { cause }), 404, 'job-not-found'],
      [new NoResultError('a message for the client', { cause }), 404, 'no-result'],
      [new NotFoundError('a message for the client', { cause }), 404, 'not-found'],
      [new ConflictError('a message for the client', { cause }), 409, 'conflict'],
      [new PayloadTooLargeError('a message for the client', { cause }), 413, 'too-large'],
      [new UnsupportedMediaTypeError('a message for the client', { cause }), 415, 'unsupported-media-type'],
      [new KeyReusedError('a message for the client', { cause }), 422, 'key-reused'],
    ];
    test.each(clientErrors.map(([error, status, name]) => [error.name, status, name, error] as const))(
      'answers %s with its message, the status %d and the problem %s, and does not log it',
      (_name, status, problemName, error) => {
        const response = responseTo(error);
        expect(response.statusCode).toBe(status);
        expect(response.headers).toEqual({ 'content-type': 'application/problem+json' });
        expect(response.problem).toEqual({
          type: `/problems/${problemName}`,
          title: expect.any(String),
          status,
          detail: 'a message for the client',
          instance: '/jobs/some/path',
        });
        expect(response.log.lines).toEqual([]);
      },
    );

    test.each([
      ['a StoreUnavailableError', 503, new StoreUnavailableError('an internal detail', { cause })],
      ['a QueueUnavailableError', 503, new QueueUnavailableError('an internal detail', { cause })],
      ['an ObjectsUnavailableError', 503, new ObjectsUnavailableError('an internal detail', { cause })],
      ['a NewerVersionError', 503, new NewerVersionError('an internal detail', { cause })],
      ['a RootSecretMissingError', 503, new RootSecretMissingError('an internal detail', { cause })],
      ['a ConfigError', 500, new ConfigError('an internal detail', { cause })],
      ['an UnreadableMessageError', 500, new UnreadableMessageError('an internal detail', { cause })],
      ['a TypeError', 500, new TypeError('an internal detail')],
      ['a thrown string', 500, 'an internal detail'],
      ['undefined', 500, undefined],
      ['a thrown object', 500, { statusCode: 200, message: 'an internal detail' }],
    ])('logs %s, and answers with the status %d but without its message', (_what, status, thrown) => {
      const response = responseTo(thrown);
      expect(response.statusCode).toBe(status);
      expect(response.problem.status).toBe(status);
      expect(response.body).not.toContain('an internal detail');
      expect(response.headers?.['retry-after']).toBe(status === 503 ? '5' : undefined);
      expect(response.log.lines).toMatchObject([{ level: 'error', fields: { path: '/jobs/some/path' } }]);
    });

    test('names the path as it stands in an address, whatever it is', () => {
      const instanceOf = (rawPath: string) =>
        problemOf(new NotFoundError('none'), aRequest({ rawPath }), recordedLog()).instance;
      expect(instanceOf('/a b/c?d#e\r\nf"')).toBe('/a%20b/c%3Fd%23e%0D%0Af%22');
      expect(instanceOf('/\ud800')).toBe('/%EF%BF%BD');
    });

    test('says in the log only what is wrong with a credential', () => {
      const [one, other] = ['API key a: unknown', 'API key b: revoked'].map((why) =>
        responseTo(new UnauthenticatedError(why)),
      );
      expect(one).toMatchObject({ statusCode: 401, headers: { 'www-authenticate': 'Bearer' } });
      expect(one?.body).toBe(other?.body);
      expect(one?.log.lines).toEqual([
        {
          level: 'info',
          message: 'credential refused',
          fields: { why: 'API key a: unknown', path: '/jobs/some/path' },
        },
      ]);
    });

    test('names the methods that an address knows', () => {
      const { statusCode, headers, problem } = responseTo(new MethodNotAllowedError(['GET', 'HEAD']));
      expect(statusCode).toBe(405);
      expect(headers).toEqual({ 'content-type': 'application/problem+json', allow: 'GET, HEAD' });
      expect(problem).toMatchObject({
        type: '/problems/method-not-allowed',
        detail: 'This address knows GET, HEAD.',
      });
    });

    test('never logs or shows the query, which may have a grant', () => {
      const response = responseTo(new Error('no'));
      expect(JSON.stringify([response.body, response.log.lines])).not.toContain('a-grant');
    });

    test('never shows a stack trace or a cause', () => {
      for (const error of [new InvalidRequestError('x', [], { cause }), new Error('x', { cause })]) {
        const { body } = responseTo(error);
        expect(body).not.toMatch(/ at |an internal detail|\.ts|stack|cause/);
      }
    });

    test('shows every violation', () => {
      const violations = [
        { pointer: '/a', detail: 'is wrong' },
        { pointer: '/b', detail: 'is wrong, too' },
      ];
      expect(responseTo(new InvalidRequestError('no', violations)).problem.errors).toEqual(violations);
    });
  });

  test('jsonResponse adds the content type to the headers of the caller', () => {
    expect(jsonResponse(202, { a: 1 }, { location: '/' })).toEqual({
      statusCode: 202,
      headers: { 'content-type': 'application/json', location: '/' },
      body: '{"a":1}',
    });
  });
});

const all: readonly (readonly [string, Route])[] = Object.entries(routes);

describe('routes', () => {
  test('no route is open but those that show nothing of anybody', () => {
    expect(all.filter(([, { access }]) => access === 'open').map(([key]) => key)).toEqual([
      'GET /openapi.json',
      'GET /health',
      'GET /problems/{name}',
      'GET /',
      'GET /ui/sign-in',
      'POST /ui/sign-in',
      'POST /ui/sign-out',
      'GET /ui/assets/{name}',
      '$default',
    ]);
  });

  test('a caller that may only read can change nothing', () => {
    const changing = all.filter(([key]) => /^(POST|PUT|DELETE) /.test(key));
    const rights = [
      ...['submit', 'control', 'erase', 'operate', 'signal'],
      ...['page submit', 'page control', 'page operate', 'link or signal'],
    ];
    const others = changing.filter(([, { access }]) => !rights.includes(access));
    // They change nothing of a stage.
    expect(others.map(([key]) => key)).toEqual(['POST /ui/sign-in', 'POST /ui/sign-out']);
  });

  describe('withoutEndSlashes', () => {
    test.each([
      ['/jobs', '/jobs'],
      ['/jobs/', '/jobs'],
      ['/jobs///', '/jobs'],
      ['//jobs//x', '//jobs//x'],
      ['/', '/'],
      ['///', '/'],
      ['', ''],
    ])('of %s is %s', (path, expected) => {
      expect(withoutEndSlashes(path)).toBe(expected);
    });

    // With the square of its length, it would take a quarter of an hour.
    test('takes a time that grows with the length of the path alone', () => {
      const path = `/a${'/'.repeat(1_000_000)}x`;
      const start = performance.now();
      expect(withoutEndSlashes(path)).toBe(path);
      expect(performance.now() - start).toBeLessThan(1_000);
    });
  });

  describe('allowedMethods', () => {
    test.each([
      ['/jobs', ['GET', 'HEAD', 'POST']],
      [`/jobs/${jobId}`, ['DELETE', 'GET', 'HEAD']],
      ['/jobs/any%20text', ['DELETE', 'GET', 'HEAD']],
      [`/jobs/${jobId}/cancel`, ['POST']],
      [`/jobs/${jobId}/result`, ['GET', 'HEAD']],
      ['/openapi.json', ['GET', 'HEAD']],
      ['/health', ['GET', 'HEAD']],
    ])('names the methods of %s', (path, methods) => {
      expect(allowedMethods(path)).toEqual(methods);
    });

    test.each([
      '',
      '/jobs/',
      '/Jobs',
      '//jobs',
      `/jobs/${jobId}/`,
      `/jobs/${jobId}/nothing`,
      `/jobs//cancel`,
      '/openapi-json',
      '/openapiXjson',
      '/$default',
      '/jobs\n',
      '/health/x',
    ])('names none for %j, where there is nothing', (path) => {
      expect(allowedMethods(path)).toEqual([]);
    });

    test('names the method of every route for its own path', () => {
      for (const [key] of all.filter(([each]) => each !== '$default')) {
        const [method, path = ''] = key.split(' ');
        expect(allowedMethods(path.replace(/\{\w+\}/g, 'x'))).toContain(method);
      }
    });
  });
});

const trace = '0af7651916cd43dd8448eb211c80319c';
const parent = 'b7ad6b7169203331';
const valid = `00-${trace}-${parent}-01`;

const found = (traceparent?: string) =>
  traceparentIn(aRequest({ headers: traceparent === undefined ? {} : { traceparent } }));

describe('traceparent', () => {
  test.each([
    ['a valid header', valid, valid],
    ['a trace that is not sampled', `00-${trace}-${parent}-00`, `00-${trace}-${parent}-00`],
    ['a header with spaces around it', ` ${valid}\t`, valid],
    [
      'the known fields of a later version',
      `cc-${trace}-${parent}-01-what-comes`,
      `cc-${trace}-${parent}-01`,
    ],
  ])('the trace of a request is read from %s', (_what, header, expected) => {
    expect(found(header)).toBe(expected);
  });

  test.each([
    ['there is no header', undefined],
    ['it is empty', ''],
    ['its version is ff', `ff-${trace}-${parent}-01`],
    ['its trace id is zero', `00-${'0'.repeat(32)}-${parent}-01`],
    ['its parent id is zero', `00-${trace}-${'0'.repeat(16)}-01`],
    ['it has capital letters', valid.toUpperCase()],
    ['its trace id is short', `00-${trace.slice(1)}-${parent}-01`],
    ['its flags are missing', `00-${trace}-${parent}`],
    ['something follows that is no field', `${valid}x`],
    ['something comes before', `x${valid}`],
    ['it is a list', `${valid},${valid}`],
    ['it has a line break', `00-${trace}\n-${parent}-01`],
  ])('a request is part of no trace if %s', (_what, header) => {
    expect(found(header)).toBeUndefined();
  });
});

const etag = '"a-tag"';

describe('etag', () => {
  test.each([
    '"a-tag"',
    'W/"a-tag"',
    ' "a-tag" ',
    '*',
    '"other", "a-tag"',
    'W/"other",W/"a-tag"',
    '"other",*',
  ])('the If-None-Match %s has the tag "a-tag"', (header) => {
    expect(hasEtag(header, etag)).toBe(true);
  });

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
});
