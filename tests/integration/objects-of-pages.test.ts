import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LocalObjects, page } from './local-objects.ts';

let objects: LocalObjects;
beforeAll(async () => {
  objects = await LocalObjects.start();
  await objects.send(await objects.upload('results/r', 1), 'r');
});
afterAll(() => objects?.stop());

describe('a page', () => {
  const preflight = (origin: string, method: string, headers: string) =>
    objects.send({
      method: 'OPTIONS',
      url: '/bucket/uploads/a',
      headers: {
        host: objects.host,
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': headers,
      },
    });

  test('of the origin that the template names may upload, and read what is exposed', async () => {
    expect(await preflight(page, 'PUT', 'content-type, If-None-Match')).toMatchObject({
      status: 200,
      headers: {
        'access-control-allow-origin': page,
        'access-control-allow-methods': 'PUT, GET, HEAD',
        'access-control-allow-headers': 'content-type, If-None-Match',
        'access-control-max-age': '3600',
      },
    });
    const wire = await objects.download('results/r');
    for (const url of [wire.url, '/bucket/results/r']) {
      const { headers } = await objects.send({ ...wire, url, headers: { ...wire.headers, origin: page } });
      expect(headers).toMatchObject({
        'access-control-allow-origin': page,
        'access-control-expose-headers': 'ETag',
      });
    }
  });

  test.each([
    ['of another origin', 'http://evil.example', 'PUT', ''],
    ['that wants another method', page, 'DELETE', ''],
    ['that wants another header', page, 'PUT', 'x-amz-meta-a'],
  ])('%s may not', async (_what, origin, method, headers) => {
    const answer = await preflight(origin, method, headers);
    expect(answer.status).toBe(403);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });
});
