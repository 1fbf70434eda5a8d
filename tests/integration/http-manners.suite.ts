import { beforeAll, expect, test } from '@jest/globals';
import { type RouteKey, routes } from '../../shared/http/routes.ts';
import { problem } from '../../shared/http/wire/respond.ts';
import { failingJob } from './probes.ts';
import type { Answer, System } from './system.ts';

let system: System;
let id: string;
let failed: string;

const keys = Object.keys(routes) as RouteKey[];
/** What is wrong, in a problem document or on a page. */
function errorsIn({ headers, body }: Answer): readonly { pointer: string; detail: string }[] {
  if (!String(headers['content-type']).startsWith('text/html'))
    return problem.parse(JSON.parse(body)).errors ?? [];
  const lines = [...body.matchAll(/<li><code>(.*?)<\/code> <bdi>(.*?)<\/bdi><\/li>/g)];
  return lines.map(([, pointer = '', detail = '']) => ({ pointer, detail }));
}
const withParts = (path: string) =>
  path.replace('{id}', id).replace('{type}', 'counting').replace('{name}', 'conflict');
const partsOf = (key: string) => {
  const [method = '', path = ''] = key.split(' ');
  return { method, path: withParts(path) };
};

export function describeHttpManners(running: () => System): void {
  beforeAll(async () => {
    system = running();
    system.start();
    ({ id } = await system.submit('counting', { seconds: 0 }));
    ({ id: failed } = await system.submit(failingJob.type, failingJob.payload));
    await Promise.all([system.finished(id), system.finished(failed)]);
  });

  test.each(keys.filter((key) => key.startsWith('GET ')))('HEAD is as %s, without the body', async (key) => {
    const { path } = partsOf(key);
    const get = await system.call('GET', path);
    const head = await system.call('HEAD', path);
    expect(head).toEqual({ ...get, body: '' });
    expect(get.status).toBeLessThan(500);
  });

  test.each(['/queues', '/health', '/webhook-secret?url=https://hooks.example.com/', '/jobs/{failed}/input'])(
    'no cache keeps an answer to GET %s',
    async (path) => {
      const answer = await system.call('GET', path.replace('{failed}', failed));
      expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    },
  );

  test.each([
    ['/jobs/', '/jobs'],
    ['/ui/', '/ui'],
    // The gateway hands the path over decoded.
    ['/jobs/a%20b%23/', '/jobs/a%20b%23'],
    ['/jobs/a%0D%0ASet-Cookie:%20a=b/', '/jobs/a%0D%0ASet-Cookie%3A%20a%3Db'],
  ])('%s leads to the address without the slash at its end', async (path, location) => {
    expect(await system.call('GET', path)).toMatchObject({ status: 308, headers: { location } });
  });

  test.each([
    ['/nowhere'],
    ['/nowhere/'],
    ['/jobs/a/b/c'],
    ['/ui/jobs'],
    ['//example.com/'],
    ['/no%20where%0D%0A%22%C3%A9'],
    // The gateway decodes twice, and takes what follows a question mark for a query.
    ['/no%252Fwhere%2Fb', '/no/where/b'],
    ['/nowhere%3Fa', '/nowhere'],
  ])('%s is nothing', async (path, instance = path) => {
    const answer = await system.call('GET', path);
    expect(answer).toMatchObject({ status: 404, headers: { 'content-type': 'application/problem+json' } });
    expect(problem.parse(JSON.parse(answer.body))).toMatchObject({
      type: '/problems/not-found',
      instance,
    });
  });

  test.each([
    ['PUT', '/jobs', 'GET, HEAD, POST'],
    ['DELETE', '/jobs', 'GET, HEAD, POST'],
    ['PATCH', '/jobs/a', 'DELETE, GET, HEAD'],
    ['GET', '/jobs/a/cancel', 'POST'],
    ['HEAD', '/jobs/a/retry', 'POST'],
    ['POST', '/jobs/a/wait', 'GET, HEAD'],
    ['PUT', '/jobs/batch', 'DELETE, GET, HEAD, POST'],
    ['POST', '/health', 'GET, HEAD'],
  ])('%s %s is answered with 405 and what there is: %s', async (method, path, allow) => {
    const answer = await system.call(method, path);
    expect(answer).toMatchObject({ status: 405, headers: { allow } });
    if (method !== 'HEAD') expect(JSON.parse(answer.body).type).toBe('/problems/method-not-allowed');
  });

  // With `cors`, a browser asks so before it lets a page of another origin call.
  test.each([
    ['/jobs', 'GET, HEAD, POST'],
    ['/jobs/a/cancel', 'POST'],
    ['/job-types/a', 'GET, HEAD'],
  ])('OPTIONS %s is answered with what there is: %s', async (path, allow) => {
    expect(await system.call('OPTIONS', path)).toMatchObject({ status: 204, headers: { allow }, body: '' });
  });

  test('OPTIONS of nothing is 404', async () => {
    expect((await system.call('OPTIONS', '/nothing')).status).toBe(404);
  });

  // Of a form, where it comes from is asked first.
  test.each(keys.filter((key) => key !== '$default' && !key.startsWith('POST /ui')))(
    '%s refuses query parameters that it does not know, and names each',
    async (key) => {
      const { method, path } = partsOf(key);
      const before = system.queue.operations.length;
      const answer = await system.call(method, `${path}?colour=red&a%20b=&colour=blue`);
      expect(answer.status).toBe(400);
      const errors = errorsIn(answer);
      expect(errors.map(({ pointer }) => pointer)).toEqual(['colour', 'a b']);
      for (const name of routes[key].query ?? []) expect(errors[0]?.detail).toContain(name);
      const sent = system.queue.operations.slice(before).filter((operation) => operation === 'SendMessage');
      expect(sent).toEqual([]);
    },
  );

  test.each([
    ['/jobs?limit=0&status=done&since=today', ['limit', 'since', 'status']],
    ['/jobs?limit=1&limit=2', ['limit']],
    ['/jobs?tag=', ['tag']],
  ])('%s is refused, and everything that is wrong is named', async (path, pointers) => {
    const answer = await system.call('GET', path);
    expect(answer.status).toBe(400);
    const { errors = [] } = problem.parse(JSON.parse(answer.body));
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual(pointers);
  });

  test('?wait= leads to where one can wait, without a read', async () => {
    system.table.operations.length = 0;
    const answer = await system.call('GET', `/jobs/${id}?wait=10`);
    expect(answer).toMatchObject({
      status: 307,
      headers: { location: `https://api.example.com/jobs/${id}/wait?seconds=10` },
    });
    expect(system.table.operations).toEqual([]);
    const { pathname, search } = new URL(String(answer.headers.location));
    expect((await system.call('GET', pathname + search)).status).toBe(200);
    for (const wait of ['26', '-1', '1.5', 'x', ''])
      expect((await system.call('GET', `/jobs/${id}?wait=${wait}`)).status).toBe(400);
  });

  test('a browser is led to the page of a job, whose link needs no credential', async () => {
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
    const answer = await system.call('GET', `/jobs/${id}`, { headers: { accept } });
    expect(answer).toMatchObject({ status: 303, headers: { vary: 'Accept' }, body: '' });
    const { pathname, search } = new URL(String(answer.headers.location));
    expect((await system.call('GET', pathname + search)).status).toBe(200);
    for (const asProgram of ['*/*', 'application/json', '', 'application/json, text/html'])
      expect(await system.call('GET', `/jobs/${id}`, { headers: { accept: asProgram } })).toMatchObject({
        status: 200,
        headers: { vary: 'Accept' },
      });
  });
}
