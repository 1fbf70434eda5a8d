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

async function answerTo(thrown: unknown) {
  const log = recordedLog();
  const request = aRequest({ rawPath: '/jobs/what/ever' });
  const response = await httpHandler(log, () => Promise.reject(thrown))(request);
  return { ...response, problem: problem.parse(JSON.parse(response.body ?? '')), log };
}

describe('an error', () => {
  const cause = new Error('inner workings');

  test.each([
    [new InvalidRequestError('what is told', [], { cause }), 400],
    [new JobNotFoundError('what is told', { cause }), 404],
    [new ConflictError('what is told', { cause }), 409],
    [new PayloadTooLargeError('what is told', { cause }), 413],
    [new UnsupportedMediaTypeError('what is told', { cause }), 415],
    [new KeyReusedError('what is told', { cause }), 422],
  ])("of the client's is told and not logged: %s is %d", async (error, status) => {
    const answer = await answerTo(error);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers).toEqual({ 'content-type': 'application/problem+json' });
    expect(answer.problem).toEqual({
      type: 'about:blank',
      title: expect.any(String),
      status,
      detail: 'what is told',
      instance: '/jobs/what/ever',
    });
    expect(answer.log.lines).toEqual([]);
  });

  test.each([
    [new StoreUnavailableError('inner workings', { cause }), 503],
    [new QueueUnavailableError('inner workings', { cause }), 503],
    [new ConfigError('inner workings', { cause }), 500],
    [new UnreadableMessageError('inner workings', { cause }), 500],
    [new TypeError('inner workings'), 500],
    ['inner workings', 500],
    [undefined, 500],
    [{ statusCode: 200, message: 'inner workings' }, 500],
  ])('of ours is logged, and told without its text: %s is %d', async (thrown, status) => {
    const answer = await answerTo(thrown);
    expect(answer.statusCode).toBe(status);
    expect(answer.problem.status).toBe(status);
    expect(answer.body).not.toContain('inner workings');
    expect(answer.headers?.['retry-after']).toBe(status === 503 ? '5' : undefined);
    expect(answer.log.lines).toMatchObject([{ level: 'error', fields: { path: '/jobs/what/ever' } }]);
  });

  test('never shows a stack or a cause', async () => {
    for (const error of [new InvalidRequestError('x', [], { cause }), new Error('x', { cause })]) {
      const { body } = await answerTo(error);
      expect(body).not.toMatch(/ at |inner workings|\.ts|stack|cause/);
    }
  });

  test('tells every violation', async () => {
    const violations = [
      { pointer: '/a', detail: 'is wrong' },
      { pointer: '/b', detail: 'is wrong, too' },
    ];
    expect((await answerTo(new InvalidRequestError('no', violations))).problem.errors).toEqual(violations);
  });
});

test('an answer is passed on as it is', async () => {
  const answer = jsonResponse(202, { a: 1 }, { location: '/' });
  expect(await httpHandler(recordedLog(), async () => answer)(aRequest())).toEqual({
    statusCode: 202,
    headers: { 'content-type': 'application/json', location: '/' },
    body: '{"a":1}',
  });
});

describe("a job's address", () => {
  const https = { host: 'h.example', 'x-forwarded-proto': 'https' };
  test.each([
    [
      'on the default stage',
      aRequest({ rawPath: '/jobs', headers: https }),
      `https://h.example/jobs/${jobId}`,
    ],
    [
      'below a stage',
      aRequest({ rawPath: '/dev/jobs', stage: 'dev', headers: https }),
      `https://h.example/dev/jobs/${jobId}`,
    ],
    [
      'below a stage, behind a domain that hides it',
      aRequest({ rawPath: '/jobs', stage: 'dev', headers: https }),
      `https://h.example/jobs/${jobId}`,
    ],
    [
      'below a stage that a path begins like',
      aRequest({ rawPath: '/devices', stage: 'dev', headers: https }),
      `https://h.example/jobs/${jobId}`,
    ],
    [
      'on a machine without a proxy',
      aRequest({ headers: { host: 'localhost:3000' } }),
      `http://localhost:3000/jobs/${jobId}`,
    ],
    [
      'without a host',
      aRequest({ headers: { 'x-forwarded-proto': 'https' } }),
      `https://domain.example.com/jobs/${jobId}`,
    ],
  ])('%s', (_what, request, url) => {
    expect(statusUrlOf(request, jobId)).toBe(url);
  });
});

describe('the tenant', () => {
  test.each([
    ['of a checked fencingToken', { jwt: { claims: { sub: 'them' }, scopes: null } }, 'them'],
    ['without an authorizer', undefined, 'public'],
    ['of a fencingToken without subject', { jwt: { claims: {}, scopes: null } }, 'public'],
    ['of an empty subject', { jwt: { claims: { sub: '' }, scopes: null } }, 'public'],
    ['of a subject that is no text', { jwt: { claims: { sub: 7 }, scopes: null } }, 'public'],
    ['of another kind of authorizer', { lambda: { sub: 'them' } }, 'public'],
    ['of none at all', null, 'public'],
    ['without claims', { jwt: null }, 'public'],
  ])('%s', (_what, authorizer, tenant) => {
    expect(tenantOf(aRequest({ authorizer }))).toBe(tenant);
    expect(jobOf(aRequest({ authorizer, pathParameters: { id: jobId } }))).toEqual({ id: jobId, tenant });
  });

  test('is asked for even without an id', () => {
    expect(jobOf(aRequest())).toEqual({ id: '', tenant: 'public' });
  });
});
