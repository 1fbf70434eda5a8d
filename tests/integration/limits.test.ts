import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { writeApiKey } from '../../shared/domain/access/api-key.ts';
import { pausesId } from '../../shared/domain/state/pause.ts';
import { batchResponse } from '../../shared/http/batch-request.ts';
import { jobResponse } from '../../shared/http/job-response.ts';
import { meResponse } from '../../shared/http/me-response.ts';
import { problem } from '../../shared/http/respond.ts';
import { aKey, aKeyEntry } from '../set-ups/access.ts';
import { type System, startSystem } from './system.ts';

let system: System;
/** The calls to the table of jobs. */
let calls: string[];
beforeAll(async () => {
  system = await startSystem({ auth: 'apiKey' });
  const tenants = ['one at a time', 'in a batch', 'on pages', 'that counts calls'];
  const limits = tenants.map((tenant) => ({ tenant, jobsPerMinute: 3 }));
  await system.aws.putAccess({ id: 'suspended', kind: 'suspended', limits });
  for (const [index, tenant] of [...tenants, 'without a limit'].entries())
    await system.aws.putAccess(aKeyEntry(keyOf(index), { tenant }));
  system.table.treat = (operation, body) => {
    const { TableName, Key } = JSON.parse(body);
    // What is paused is read every three seconds at most, beside the rest.
    const isOfPauses = Key?.id?.S === pausesId;
    if (TableName !== system.aws.accessTableName && !isOfPauses) calls.push(operation);
    return 'pass';
  };
});
afterAll(() => system.stop());
beforeEach(() => {
  calls = [];
});

const keyOf = (index: number) => aKey(String.fromCharCode('a'.charCodeAt(0) + index));
const job = { type: 'counting', payload: { seconds: 0 } };
const callAs = (index: number, target: string, { key, sent }: { key?: string; sent?: object } = {}) => {
  const [method = '', path = ''] = target.split(' ');
  return system.call(method, path, {
    headers: {
      authorization: `Bearer ${writeApiKey(keyOf(index))}`,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': `"${key}"` }),
    },
    ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
  });
};
const submitAs = (index: number, key?: string) =>
  callAs(index, 'POST /jobs', { sent: job, ...(key === undefined ? {} : { key }) });

test('who has used up the limit hears which one, and when to try again; a replay is answered', async () => {
  const first = await submitAs(0, 'first');
  for (let jobs = 2; jobs <= 3; jobs += 1) expect((await submitAs(0)).status).toBe(202);
  const sends = system.queue.operations.length;
  const refused = await submitAs(0, 'another');
  expect([refused.status, refused.headers['content-type']]).toEqual([429, 'application/problem+json']);
  const { type, limit } = problem.parse(JSON.parse(refused.body));
  expect(type).toBe('/problems/limit-exceeded');
  const seconds = limit?.retryAfterSeconds ?? 0;
  expect(limit).toEqual({ name: 'jobsPerMinute', max: 3, windowSeconds: 60, retryAfterSeconds: seconds });
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(20);
  expect(refused.headers).toMatchObject({
    'retry-after': String(seconds),
    ratelimit: `"jobsPerMinute";r=0;t=${seconds}`,
    'ratelimit-policy': '"jobsPerMinute";q=3;w=60',
  });
  expect(system.queue.operations).toHaveLength(sends);
  calls = [];
  const replayed = await submitAs(0, 'first');
  expect([replayed.status, replayed.headers['idempotent-replayed'], calls]).toEqual([
    202,
    'true',
    ['GetItem'],
  ]);
  const idIn = ({ body }: typeof first) => jobResponse.parse(JSON.parse(body)).id;
  expect(idIn(replayed)).toBe(idIn(first));
});

test('the jobs of a batch count each, and those that do not fit are refused alone', async () => {
  const answer = await callAs(1, 'POST /jobs/batch', { sent: { jobs: [job, job, job, job, job] } });
  const { items } = batchResponse.parse(JSON.parse(answer.body));
  expect(items.map(({ status }) => status)).toEqual([202, 202, 202, 429, 429]);
  const canceling = await callAs(1, 'POST /jobs/actions', {
    sent: { action: 'cancel', filter: { type: 'counting' } },
  });
  expect(canceling.status).toBe(202);
});

test('`GET /me` shows the limit and what is left, and nothing without one', async () => {
  const limitsOf = async (index: number) =>
    meResponse.parse(JSON.parse((await callAs(index, 'GET /me')).body)).limits;
  expect(await limitsOf(2)).toEqual({ jobsPerMinute: { max: 3, remaining: 3 } });
  calls = [];
  expect(await limitsOf(4)).toBeUndefined();
  expect(calls).toEqual([]);
});

test('the form of a page passes the same door', async () => {
  const send = () =>
    system.call('POST', '/ui/job-types/counting', {
      headers: {
        authorization: `Bearer ${writeApiKey(keyOf(2))}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'json=%7B%22seconds%22%3A0%7D',
    });
  for (let jobs = 1; jobs <= 3; jobs += 1) expect((await send()).status).toBe(303);
  const dashboard = await system.call('GET', '/ui', {
    headers: { authorization: `Bearer ${writeApiKey(keyOf(2))}` },
  });
  expect(dashboard.body).toContain('3 jobs a minute may be submitted, and 0 now.');
  const refused = await send();
  expect(refused.status).toBe(429);
  expect(refused.body).toContain('A limit of the tenant is used up');
});

test('a limit costs a write for each submission, and a tenant without one pays nothing', async () => {
  const callsOf = async (index: number) => {
    calls = [];
    const { status } = await submitAs(index);
    return [status, ...calls];
  };
  expect(await callsOf(4)).toEqual([202, 'UpdateItem']);
  for (let jobs = 1; jobs <= 3; jobs += 1)
    expect(await callsOf(3)).toEqual([202, 'UpdateItem', 'UpdateItem']);
  expect(await callsOf(3)).toEqual([429]);
});
