import { describe, expect, test } from '@jest/globals';
import { allowedMethods } from '../../../../shared/http/allowed-methods.ts';
import { type Route, routes } from '../../../../shared/http/routes.ts';
import { jobId } from '../../../set-ups/samples.ts';

const all: readonly (readonly [string, Route])[] = Object.entries(routes);

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

test('whoever may only read can change nothing', () => {
  const changing = all.filter(([key]) => /^(POST|PUT|DELETE) /.test(key));
  const rights = ['submit', 'control', 'erase', 'operate', 'page submit', 'page control', 'page operate'];
  const others = changing.filter(([, { access }]) => !rights.includes(access));
  // They change nothing of a stage.
  expect(others.map(([key]) => key)).toEqual(['POST /ui/sign-in', 'POST /ui/sign-out']);
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
