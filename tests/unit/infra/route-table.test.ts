import { expect, test } from '@jest/globals';
import { problemsOfRoutes } from '../../../infra/route-table.ts';

const submit = { route: 'POST /jobs', functionName: 'submit' };
const status = { route: 'GET /jobs/{id}', functionName: 'status' };

test('the same routes have no problem, in any order', () => {
  expect(problemsOfRoutes([submit, status], [status, submit])).toEqual([]);
});

test('a route without an entry, an entry without a route, and another function are named, all at once', () => {
  const admin = { route: 'GET /admin', functionName: 'control' };
  expect(problemsOfRoutes([admin, status], [submit, { ...status, functionName: 'control' }])).toEqual([
    expect.stringMatching(/^GET \/admin has no entry in shared\/http\/routes\.ts\./),
    expect.stringMatching(/^POST \/jobs is in shared\/http\/routes\.ts, but no function/),
    expect.stringMatching(/^GET \/jobs\/\{id\} is of status in serverless\.yml, but of control/),
  ]);
});
