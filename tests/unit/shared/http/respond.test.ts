import { describe, expect, test } from '@jest/globals';
import {
  httpHandler,
  jobOf,
  jsonResponse,
  problem,
  statusUrlOf,
  tenantOf,
} from '../../../../shared/http/respond.ts';
import {
  ConfigError,
  ConflictError,
  InvalidRequestError,
  JobNotFoundError,
  KeyReusedError,
  PayloadTooLargeError,
  QueueUnavailableError,
  StoreUnavailableError,
  UnreadableMessageError,
  UnsupportedMediaTypeError,
} from '../../../../shared/job/errors.ts';
import { recordedLog } from '../../../fakes/recorded-log.ts';
import { aRequest, jobId } from '../../../fakes/samples.ts';

async function responseTo(thrown: unknown) {
  const log = recordedLog();
  const request = aRequest({ rawPath: '/jobs/some/path' });
  const response = await httpHandler(log, () => Promise.reject(thrown))(request);
  return { ...response, problem: problem.parse(JSON.parse(response.body ?? '')), log };
}

describe('httpHandler', () => {
  const cause = new Error('an internal detail');

  const clientErrors: readonly [Error, status: number][] = [
    [new InvalidRequestError('a message for the client', [], { cause }), 400],
    [new JobNotFoundError('a message for the client', { cause }), 404],
    [new ConflictError('a message for the client', { cause }), 409],
    [new PayloadTooLargeError('a message for the client', { cause }), 413],
    [new UnsupportedMediaTypeError('a message for the client', { cause }), 415],
    [new KeyReusedError('a message for the client', { cause }), 422],
  ];
  test.each(clientErrors.map(([error, status]) => [error.name, status, error] as const))(
    'answers %s with its message and the status %d, and does not log it',
    async (_name, status, error) => {
      const response = await responseTo(error);
      expect(response.statusCode).toBe(status);
      expect(response.headers).toEqual({ 'content-type': 'application/problem+json' });
      expect(response.problem).toEqual({
        type: 'about:blank',
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
    ['a ConfigError', 500, new ConfigError('an internal detail', { cause })],
    ['an UnreadableMessageError', 500, new UnreadableMessageError('an internal detail', { cause })],
    ['a TypeError', 500, new TypeError('an internal detail')],
    ['a thrown string', 500, 'an internal detail'],
    ['undefined', 500, undefined],
    ['a thrown object', 500, { statusCode: 200, message: 'an internal detail' }],
  ])('logs %s, and answers with the status %d but without its message', async (_what, status, thrown) => {
    const response = await responseTo(thrown);
    expect(response.statusCode).toBe(status);
    expect(response.problem.status).toBe(status);
    expect(response.body).not.toContain('an internal detail');
    expect(response.headers?.['retry-after']).toBe(status === 503 ? '5' : undefined);
    expect(response.log.lines).toMatchObject([{ level: 'error', fields: { path: '/jobs/some/path' } }]);
  });

  test('never shows a stack trace or a cause', async () => {
    for (const error of [new InvalidRequestError('x', [], { cause }), new Error('x', { cause })]) {
      const { body } = await responseTo(error);
      expect(body).not.toMatch(/ at |an internal detail|\.ts|stack|cause/);
    }
  });

  test('shows every violation', async () => {
    const violations = [
      { pointer: '/a', detail: 'is wrong' },
      { pointer: '/b', detail: 'is wrong, too' },
    ];
    expect((await responseTo(new InvalidRequestError('no', violations))).problem.errors).toEqual(violations);
  });
});

test('httpHandler returns the response of the route unchanged', async () => {
  const response = jsonResponse(202, { a: 1 }, { location: '/' });
  expect(await httpHandler(recordedLog(), async () => response)(aRequest())).toEqual({
    statusCode: 202,
    headers: { 'content-type': 'application/json', location: '/' },
    body: '{"a":1}',
  });
});

describe('the status URL of a job', () => {
  const https = { host: 'h.example', 'x-forwarded-proto': 'https' };
  test.each([
    [
      'is at the root of the host on the default stage',
      aRequest({ rawPath: '/jobs', headers: https }),
      `https://h.example/jobs/${jobId}`,
    ],
    [
      'is below the stage if the request path is',
      aRequest({ rawPath: '/dev/jobs', stage: 'dev', headers: https }),
      `https://h.example/dev/jobs/${jobId}`,
    ],
    [
      'is at the root of a custom domain that does not show the stage',
      aRequest({ rawPath: '/jobs', stage: 'dev', headers: https }),
      `https://h.example/jobs/${jobId}`,
    ],
    [
      'is at the root if the request path only starts with the letters of the stage',
      aRequest({ rawPath: '/devices', stage: 'dev', headers: https }),
      `https://h.example/jobs/${jobId}`,
    ],
    [
      'has the scheme http if no proxy set a scheme',
      aRequest({ headers: { host: 'localhost:3000' } }),
      `http://localhost:3000/jobs/${jobId}`,
    ],
    [
      'has the domain name of the API if there is no Host header',
      aRequest({ headers: { 'x-forwarded-proto': 'https' } }),
      `https://domain.example.com/jobs/${jobId}`,
    ],
  ])('%s', (_what, request, url) => {
    expect(statusUrlOf(request, jobId)).toBe(url);
  });
});

describe('the tenant of a request', () => {
  test.each([
    [
      'is the subject of a token that an authorizer checked',
      { jwt: { claims: { sub: 'a caller' }, scopes: null } },
      'a caller',
    ],
    ['is public without an authorizer', undefined, 'public'],
    ['is public if the token has no subject', { jwt: { claims: {}, scopes: null } }, 'public'],
    ['is public if the subject is empty', { jwt: { claims: { sub: '' }, scopes: null } }, 'public'],
    ['is public if the subject is not a string', { jwt: { claims: { sub: 7 }, scopes: null } }, 'public'],
    ['is public if the authorizer is of another kind', { lambda: { sub: 'a caller' } }, 'public'],
    ['is public if the authorizer is null', null, 'public'],
    ['is public if the token has no claims', { jwt: null }, 'public'],
  ])('%s', (_what, authorizer, tenant) => {
    expect(tenantOf(aRequest({ authorizer }))).toBe(tenant);
    expect(jobOf(aRequest({ authorizer, pathParameters: { id: jobId } }))).toEqual({ id: jobId, tenant });
  });

  test('is known even if the path has no job id', () => {
    expect(jobOf(aRequest())).toEqual({ id: '', tenant: 'public' });
  });
});
