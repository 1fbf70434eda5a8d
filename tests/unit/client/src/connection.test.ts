import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import {
  ConflictError,
  InvalidRequestError,
  NetworkError,
  NotFoundError,
  UnavailableError,
} from '../../../../client/src/errors.ts';
import { aJob, byGateway, id, json, problem, type Step, scriptedApi } from './scripted-api.ts';

const refused = new TypeError('fetch failed');
const cut = () => new Response('{"id":"5f0c', { headers: { 'content-type': 'application/json' } });
/** JSON, but not as the API sends it. */
const untyped = () => new Response('{"id":"another"}', { headers: { 'content-type': 'text/plain' } });
const foreign = () =>
  new Response('<p>Sign in to the network</p>', { headers: { 'content-type': 'text/html' } });

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
    expect((await client.submit('countdown', { seconds: 1 })).id).toBe(id);
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
  const error = await client.submit('countdown', {}).catch((thrown: unknown) => thrown);
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
