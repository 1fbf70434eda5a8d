import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { rights } from '../../shared/domain/access/access-entry.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { aRoleEntry } from '../set-ups/access.ts';
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

/** What API Gateway hands over after it has checked a signature. */
const signed = (userArn: string) => ({ iam: { userArn, accountId: '000000000000', accessKey: 'AK' } });
const session = (role: string, name = 'a-session') =>
  signed(`arn:aws:sts::000000000000:assumed-role/${role}/${name}`);

let system: System;
let id: string;
beforeAll(async () => {
  system = await startSystem({ auth: 'iam' });
  await system.aws.putAccess(aRoleEntry('owner', { tenant: 'the-owner', rights: [...rights] }));
  await system.aws.putAccess(aRoleEntry('other', { tenant: 'another', rights: [...rights] }));
  for (const right of rights)
    await system.aws.putAccess(
      aRoleEntry(`all-but-${right}`, { tenant: 'the-owner', rights: rights.filter((one) => one !== right) }),
    );
  const answer = await system.call('POST', '/jobs', { body, authorizer: session('owner') });
  id = jobResponse.parse(JSON.parse(answer.body)).id;
});
afterAll(() => system.stop());
const reads: string[] = [];
beforeEach(() => {
  reads.length = 0;
  system.queue.operations.length = 0;
  system.table.treat = (operation, text) => {
    const { TableName, Key } = JSON.parse(text);
    reads.push(`${operation} ${TableName} ${Key?.id?.S}`);
    return 'pass';
  };
});

const body = JSON.stringify({ ...lateJob, tags: ['a-tag'] });
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
    ['no caller', { iam: {} }],
    ['a token', { jwt: { claims: { sub: 'the-owner', scope: 'jobs:read jobs:submit' }, scopes: null } }],
  ])('answers 401 to %s, without a call', async (_what, authorizer) => {
    expect((await callRoute(routeKey, authorizer)).status).toBe(401);
    expect([...reads, ...system.queue.operations]).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['an IAM user with the name of a role', signed('arn:aws:iam::000000000000:user/owner')],
    ['the root user', signed('arn:aws:iam::000000000000:root')],
    ['a federated user with the name of a role', signed('arn:aws:sts::000000000000:federated-user/owner')],
    ['a role of another account', signed('arn:aws:sts::000000000001:assumed-role/owner/a-session')],
    ['a path that ends in a role', session('path/owner')],
  ])('answers 403 to %s, without a call', async (_what, authorizer) => {
    expect((await callRoute(routeKey, authorizer)).status).toBe(403);
    expect([...reads, ...system.queue.operations]).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['an unknown role', session(`unknown-${right}`)],
    ['an unknown role whose session has the name of a known one', session(`unknown-${right}`, 'owner')],
    ['a role without the right', session(`all-but-${right}`)],
  ])('answers 403 to %s, and reads nothing but the entry of the role', async (_what, authorizer) => {
    expect((await callRoute(routeKey, authorizer)).status).toBe(403);
    expect(reads.filter((call) => !call.startsWith('GetItem access role/'))).toEqual([]);
    expect(system.queue.operations).toEqual([]);
  });

  test("lets in a role of another tenant, and shows it no job of the owner's", async () => {
    const answer = await callRoute(routeKey, session('other', 'owner'));
    const isUnknown = isOfOneJob(routeKey) || isOfOneSchedule(routeKey);
    expect(answer.status).toBe(isUnknown ? 404 : status);
    if (isOfAllTenants(routeKey)) expect(answer.body).not.toContain('"payload"');
    else if (!isOfOneJob(routeKey)) expect(answer.body).not.toContain(id);
  });
});

test.each(['a-session', 'another-session', 'other'])(
  'a role is the same tenant in every session: %s',
  async (name) => {
    const answer = await callRoute('GET /jobs/{id}', session('owner', name));
    expect(jobResponse.parse(JSON.parse(answer.body)).id).toBe(id);
  },
);

test('a page, which API Gateway does not guard, takes no signature', async () => {
  const answer = await system.call('GET', `/ui/jobs/${id}`, { authorizer: session('owner') });
  expect(answer.status).toBe(303);
});
