import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { createClient } from '../../../../client/src/create-client.ts';
import * as errors from '../../../../client/src/errors.ts';
import {
  ConflictError,
  InvalidRequestError,
  NetworkError,
  NotFoundError,
  UnavailableError,
} from '../../../../client/src/errors.ts';
import { problemIn, retryAfterSeconds } from '../../../../client/src/problem-in.ts';
import { problemTypes, problemTypeUrl } from '../../../../shared/http/wire/problem-types.ts';
import { aJob, byGateway, id, json, problem, type Step, scriptedApi, stage } from './scripted-api.ts';

const refused = new TypeError('fetch failed');
const cut = () => new Response('{"id":"5f0c', { headers: { 'content-type': 'application/json' } });
/** JSON, but not as the API sends it. */
const untyped = () => new Response('{"id":"another"}', { headers: { 'content-type': 'text/plain' } });
const foreign = () =>
  new Response('<p>Sign in to the network</p>', { headers: { 'content-type': 'text/html' } });

describe('connection', () => {
  describe('a call that may succeed later', () => {
    test.each<[string, () => Step]>([
      ['there was no answer', () => refused],
      ['the queue was not available', () => problem(503, 'unavailable')],
      ['the gateway throttled it', () => byGateway(429)],
      ['the function failed', () => byGateway(500)],
      ['the function was too slow', () => byGateway(504)],
      ['the answer was cut', cut],
      ['somebody else has answered', foreign],
      ['somebody else has answered with JSON', untyped],
    ])('is sent again, under the same key, when %s', async (_case, step) => {
      const { client, headersNamed, sent } = scriptedApi([step(), step(), json(202, aJob())]);
      expect((await client.submit('counting', { seconds: 1 })).id).toBe(id);
      const keys = headersNamed('idempotency-key');
      expect(keys).toHaveLength(3);
      expect(keys[0]).toMatch(/^"[0-9a-f-]{36}"$/);
      expect(new Set(keys).size).toBe(1);
      expect(new Set(sent.map(({ body }) => body)).size).toBe(1);
    });

    test('waits as long as the API asks for', async () => {
      const { client } = scriptedApi([byGateway(503, { 'retry-after': '1' }), json(200, aJob())]);
      const before = performance.now();
      await client.get(id);
      expect(performance.now() - before).toBeGreaterThanOrEqual(990);
    });

    test('fails with the last error when the tries are used up', async () => {
      const steps = [refused, refused, problem(503, 'unavailable')];
      const { client, sent } = scriptedApi(steps, { retries: { tries: 3 } });
      await expect(client.get(id)).rejects.toThrow(UnavailableError);
      expect(sent).toHaveLength(3);
    });

    test('fails at once when the API asks for more time than there is', async () => {
      const steps = [byGateway(503, { 'retry-after': '11' })];
      const { client, sent } = scriptedApi(steps, { retries: { seconds: 10 } });
      await expect(client.get(id)).rejects.toThrow(UnavailableError);
      expect(sent).toHaveLength(1);
    });

    test('says why there was no answer', async () => {
      const { client } = scriptedApi([refused], { retries: { tries: 1 } });
      const error = await client.get(id).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(NetworkError);
      expect(error).toHaveProperty('cause', refused);
    });
  });

  test('what the API refuses is not sent again', async () => {
    const errors = [{ pointer: '/payload/seconds', detail: 'expected number' }];
    const { client, sent } = scriptedApi([problem(400, 'invalid-request', { errors })]);
    const error = await client.submit('counting', {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error).toMatchObject({ status: 400, type: '/problems/invalid-request', errors });
    expect(String(error)).toBe('InvalidRequestError: The detail\n/payload/seconds: expected number');
    expect(sent).toHaveLength(1);
  });

  describe('a retry of a job', () => {
    test.each<[string, Step, unknown]>([
      ['there was no answer', refused, NetworkError],
      ['the API was not available', problem(503, 'unavailable'), UnavailableError],
      ['the job has not ended', problem(409, 'conflict'), ConflictError],
    ])('is sent once when %s: it may have happened', async (_case, step, ErrorClass) => {
      const { client, sent } = scriptedApi([step, json(202, aJob())]);
      const error = await client.retry(id).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ErrorClass);
      expect(sent).toHaveLength(1);
    });

    test('is sent again when the gateway has let nothing through', async () => {
      const { client, targets } = scriptedApi([byGateway(429), json(202, aJob())]);
      await client.retry(id);
      expect(targets()).toEqual(Array(2).fill(`POST /jobs/${id}/retry`));
    });
  });

  describe('an erasure', () => {
    const gone = () => problem(404, 'job-not-found');

    test('whose answer was lost is done', async () => {
      const { client, targets } = scriptedApi([refused, gone()]);
      expect(await client.erase(id)).toBeUndefined();
      expect(targets()).toEqual(Array(2).fill(`DELETE /jobs/${id}`));
    });

    test('of no job is an error', async () => {
      const { client } = scriptedApi([gone()]);
      await expect(client.erase(id)).rejects.toThrow(NotFoundError);
    });
  });

  describe('an abort', () => {
    const reason = new Error('the user has left');

    test('ends a pause at once, and leaves no listener behind', async () => {
      const { client } = scriptedApi([byGateway(503, { 'retry-after': '60' })]);
      const aborting = new AbortController();
      setTimeout(() => aborting.abort(reason), 50);
      const before = performance.now();
      await expect(client.get(id, { signal: aborting.signal })).rejects.toBe(reason);
      expect(performance.now() - before).toBeLessThan(2_000);
      expect(getEventListeners(aborting.signal, 'abort')).toEqual([]);
    });

    test('ends a call that is not answered', async () => {
      const hang = ({ signal }: Request) =>
        new Promise<Response>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      const { client } = scriptedApi([hang]);
      const aborting = new AbortController();
      setTimeout(() => aborting.abort(reason), 50);
      await expect(client.get(id, { signal: aborting.signal })).rejects.toBe(reason);
    });

    test('before a call sends nothing', async () => {
      const { client, sent } = scriptedApi([]);
      await expect(client.get(id, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(sent).toEqual([]);
    });
  });
});

describe('credential', () => {
  test('an API key is a bearer token', async () => {
    const { client, headersNamed } = scriptedApi([json(200, aJob())], { key: 'sjw_1' });
    await client.get(id);
    expect(headersNamed('authorization')).toEqual(['Bearer sjw_1']);
  });

  test('a token is asked for before each try, since it may have expired', async () => {
    let asked = 0;
    const token = async () => `t${++asked}`;
    const { client, headersNamed } = scriptedApi([byGateway(503), json(200, aJob())], { token });
    await client.get(id);
    expect(headersNamed('authorization')).toEqual(['Bearer t1', 'Bearer t2']);
  });

  test('a signer gets the request as it is sent', async () => {
    const sign = async (request: Request) => {
      request.headers.set('x-signed', `${request.method} ${request.url} ${await request.clone().text()}`);
      return request;
    };
    const { client, headersNamed } = scriptedApi([json(202, aJob())], { sign });
    await client.submit('counting', { seconds: 1 });
    expect(headersNamed('x-signed')).toEqual([
      `POST ${stage}/jobs {"type":"counting","payload":{"seconds":1}}`,
    ]);
  });

  test('what a token function throws reaches the caller, and nothing is sent', async () => {
    const error = new Error('signed out');
    const token = () => {
      throw error;
    };
    const { client, sent } = scriptedApi([], { token });
    await expect(client.get(id)).rejects.toBe(error);
    await expect(client.submitAll([{ type: 'counting', payload: {} }])).rejects.toBe(error);
    expect(sent).toEqual([]);
  });

  test('two credentials are a mistake', () => {
    expect(() => createClient({ url: stage, key: 'a', token: 'b' })).toThrow(TypeError);
  });

  test('no redirect is followed with a credential', async () => {
    const { client, sent } = scriptedApi([json(200, aJob())], { key: 'sjw_1' });
    await client.get(id);
    expect(sent[0]?.request).toMatchObject({ redirect: 'manual', credentials: 'omit' });
  });
});

const classes: Readonly<Record<keyof typeof problemTypes, typeof errors.ProblemError>> = {
  'invalid-request': errors.InvalidRequestError,
  unauthenticated: errors.UnauthenticatedError,
  forbidden: errors.ForbiddenError,
  'tenant-suspended': errors.ForbiddenError,
  'job-not-found': errors.NotFoundError,
  'object-not-found': errors.NotFoundError,
  'no-result': errors.NotFoundError,
  'not-found': errors.NotFoundError,
  'method-not-allowed': errors.ProblemError,
  conflict: errors.ConflictError,
  'job-type-not-set-up': errors.ConflictError,
  'too-large': errors.TooLargeError,
  'unsupported-media-type': errors.ProblemError,
  'key-reused': errors.KeyReusedError,
  'limit-exceeded': errors.ThrottledError,
  'ordered-queue-full': errors.ThrottledError,
  'internal-error': errors.ProblemError,
  'submissions-paused': errors.UnavailableError,
  unavailable: errors.UnavailableError,
};

const names = Object.keys(problemTypes) as (keyof typeof problemTypes)[];

describe('problem in', () => {
  test.each(names)('the problem %s has its class', (name) => {
    const body = { type: problemTypeUrl(name), ...problemTypes[name], detail: 'Why.', instance: '/jobs' };
    const { status } = body;
    const error = problemIn({ status, headers: new Headers() }, JSON.stringify(body));
    expect(error.constructor).toBe(classes[name]);
    expect(error).toMatchObject({ type: body.type, title: body.title, status, detail: 'Why.', errors: [] });
  });

  test.each([
    [401, errors.UnauthenticatedError],
    [403, errors.ForbiddenError],
    [413, errors.TooLargeError],
    [429, errors.ThrottledError],
    [500, errors.ProblemError],
    [503, errors.UnavailableError],
    [504, errors.UnavailableError],
  ])("the gateway's own %d has its class", (status, ErrorClass) => {
    const error = problemIn({ status, headers: new Headers() }, '{"message":"Too Many Requests"}');
    expect(error.constructor).toBe(ErrorClass);
    expect(error).toMatchObject({ type: 'about:blank', status, detail: 'Too Many Requests' });
  });

  test.each(['', '<html>', 'null', '7', '[]', '{"errors": 5}'])(
    'an answer of %j is an error all the same',
    (text) => {
      const error = problemIn({ status: 502, headers: new Headers() }, text);
      expect(error).toBeInstanceOf(errors.UnavailableError);
      expect(error).toMatchObject({ message: 'HTTP 502', errors: [] });
    },
  );

  describe('Retry-After', () => {
    const now = Date.parse('2026-11-26T12:00:00Z');
    test.each([
      ['7', 7],
      ['Thu, 26 Nov 2026 12:00:30 GMT', 30],
      ['Thu, 26 Nov 2026 11:00:00 GMT', 0],
      ['soon', undefined],
    ])('of %j is %p seconds', (text, seconds) => {
      expect(retryAfterSeconds(new Headers({ 'retry-after': text }), now)).toBe(seconds);
    });

    test('may be missing', () => {
      expect(retryAfterSeconds(new Headers(), now)).toBeUndefined();
    });
  });
});
