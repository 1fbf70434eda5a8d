import { describe, expect, test } from '@jest/globals';
import { jsonResponse, problem, problemResponse } from '../../../../shared/http/respond.ts';
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
} from '../../../../shared/job/errors.ts';
import { ObjectsUnavailableError } from '../../../../shared/job/object-errors.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { aRequest } from '../../../set-ups/samples.ts';

function responseTo(thrown: unknown) {
  const log = recordedLog();
  const request = aRequest({ rawPath: '/jobs/some/path', rawQueryString: 'grant=a-grant' });
  const response = problemResponse(asError(thrown), request, log);
  return { ...response, problem: problem.parse(JSON.parse(response.body ?? '')), log };
}

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
