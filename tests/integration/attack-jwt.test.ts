import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { writeApiKey } from '../../shared/domain/access/api-key.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { aKey, aKeyEntry } from '../set-ups/access.ts';
import {
  type GuardedRoute,
  guardedRoutes,
  isOfAllTenants,
  isOfOneJob,
  isOfOneSchedule,
  lateJob,
  probes,
} from './probes.ts';
import { type System, startSystem } from './system.ts';

/** What API Gateway hands over after it has checked a token. */
const token = (claims: Record<string, unknown>, scopes: unknown = null) => ({ jwt: { claims, scopes } });
const all = 'jobs:submit jobs:read jobs:control jobs:erase';
const owner = token({ sub: 'the-owner', scope: all });

let system: System;
let id: string;
beforeAll(async () => {
  system = await startSystem({ auth: 'jwt' });
  const answer = await system.call('POST', '/jobs', { body, authorizer: owner });
  id = jobResponse.parse(JSON.parse(answer.body)).id;
});
afterAll(() => system.stop());
beforeEach(() => {
  system.table.operations.length = 0;
  system.queue.operations.length = 0;
});

const body = JSON.stringify({ ...lateJob, tags: ['a-tag'] });
const calls = () => [...system.table.operations, ...system.queue.operations];

const callRoute = (routeKey: GuardedRoute, authorizer: unknown) => {
  const victims = {
    waiting: id,
    canceled: id,
    succeeded: id,
    failed: id,
    asking: id,
    parent: id,
    tag: 'a-tag',
  };
  const { method, path, ...call } = probes[routeKey].call(victims);
  return system.call(method, path, { ...call, authorizer });
};

describe.each(guardedRoutes)('%s', (routeKey) => {
  const { right, status } = probes[routeKey];

  test.each<[string, unknown]>([
    ['no authorizer', undefined],
    ['an authorizer that is null', null],
    ['a token without claims', { jwt: { scopes: [all] } }],
    ['a token without a tenant claim', token({ scope: all })],
    ['an empty tenant claim', token({ sub: '', scope: all })],
    ['a number as the tenant claim', token({ sub: 7, scope: all })],
    ['a list as the tenant claim', token({ sub: ['the-owner'], scope: all })],
    ['a signature', { iam: { userArn: 'arn:aws:sts::000000000000:assumed-role/a-role/s' } }],
  ])('answers 401 to %s, without a call', async (_what, authorizer) => {
    const answer = await callRoute(routeKey, authorizer);
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    expect(calls()).toEqual([]);
  });

  if (right !== undefined)
    test.each<[string, unknown]>([
      ['no scope', token({ sub: 'the-owner' })],
      [
        'all scopes but that of the route',
        token({ sub: 'the-owner', scope: all.replace(`jobs:${right}`, '') }),
      ],
      ['the scopes of something else', token({ sub: 'the-owner', scope: `${right} jobs:${right}s` })],
    ])('answers 403 to %s, without a call', async (_what, authorizer) => {
      expect((await callRoute(routeKey, authorizer)).status).toBe(403);
      expect(calls()).toEqual([]);
    });

  test.each<[string, unknown]>([
    ['checked scopes', token({ sub: 'another', scope: 'openid' }, [`jobs:${right}`])],
    ['the claim scope', token({ sub: 'another', scope: `openid jobs:${right}` })],
  ])("lets in another tenant by %s, and shows it no job of the owner's", async (_what, authorizer) => {
    const answer = await callRoute(routeKey, authorizer);
    const isUnknown = isOfOneJob(routeKey) || isOfOneSchedule(routeKey);
    expect(answer.status).toBe(isUnknown ? 404 : status);
    if (isOfAllTenants(routeKey)) expect(answer.body).not.toContain('"payload"');
    else if (!isOfOneJob(routeKey)) expect(answer.body).not.toContain(id);
  });
});

test('a job belongs to the tenant of the token, and is shown to it', async () => {
  const answer = await callRoute('GET /jobs/{id}', owner);
  expect(jobResponse.parse(JSON.parse(answer.body)).id).toBe(id);
});

test('a page, which API Gateway does not guard, takes an API key or a grant, and no token', async () => {
  await system.aws.putAccess(aKeyEntry(aKey(), { tenant: 'the-owner', rights: ['read'] }));
  const page = `/ui/jobs/${id}`;
  expect((await system.call('GET', page, { authorizer: owner })).status).toBe(303);
  const headers = { authorization: `Bearer ${writeApiKey(aKey())}` };
  expect((await system.call('GET', page, { headers })).status).toBe(200);
});
