import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { writeApiKey } from '../../shared/domain/access/api-key.ts';
import { microsOf } from '../../shared/domain/access/rate.ts';
import { tenantKeyOf } from '../../shared/domain/base/tenant-key.ts';
import { pausesId } from '../../shared/domain/state/limits/pause.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { meResponse } from '../../shared/http/responses/me-response.ts';
import { submitAllResponse } from '../../shared/http/responses/submit-all-response.ts';
import { problem } from '../../shared/http/wire/respond.ts';
import { aKey, aKeyEntry } from '../set-ups/access.ts';
import { eventually } from './eventually.ts';
import { type Answer, type System, startSystem } from './system.ts';

let system: System;
/** The calls to the table of jobs. */
let calls: string[];
/** How often somebody has written the rate of jobs of a tenant. */
let moves = 0;
beforeAll(async () => {
  system = await startSystem({ auth: 'apiKey' });
  const tenants = ['one at a time', 'in a batch', 'on pages', 'that counts calls'];
  const limits = tenants.map((tenant) => ({ tenant, jobsPerMinute: 3 }));
  const others = [
    { tenant: 'with requests', requestsPerSecond: 1 },
    { tenant: 'with lists', readUnitsPerMinute: 1, bulkActionsAtOnce: 1 },
    { tenant: 'with uploads', uploadsPerDay: 1, uploadBytesPerDay: 10 },
    { tenant: 'with unfinished jobs', unfinishedJobs: 2 },
    { tenant: 'with little time', runningSecondsPerHour: 1 },
    { tenant: 'that retries', jobsPerMinute: 1 },
    { tenant: 'with groups and waits', unfinishedJobsOfGroup: 1, waitingJobs: 1 },
    { tenant: 'with waits', waitsAtOnce: 1 },
    { tenant: 'with a share', writesPerSecond: 250 },
    { tenant: 'with requests of batches', requestsPerSecond: 5 },
  ];
  await system.aws.putAccess({ id: 'suspended', kind: 'suspended', limits: [...limits, ...others] });
  const all = [...tenants, 'without a limit', ...others.map(({ tenant }) => tenant)];
  for (const [index, tenant] of all.entries())
    await system.aws.putAccess(aKeyEntry(keyOf(index), { tenant }));
  system.table.treat = (operation, body) => {
    const { TableName, Key } = JSON.parse(body);
    // What is paused is read every three seconds at most, beside the rest.
    const isOfPauses = Key?.id?.S === pausesId;
    if (operation === 'UpdateItem' && Key?.id?.S?.startsWith('job-rate/')) moves += 1;
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
  const { items } = submitAllResponse.parse(JSON.parse(answer.body));
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
  expect(dashboard.body).toContain('3 jobs a minute, of which 0 are left.');
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

test('each request of a tenant with that limit counts, on all routes, and a replay is answered', async () => {
  const first = await submitAs(5, 'first');
  expect(first.status).toBe(202);
  // As fast as this machine is: of many in a row some are refused.
  const row = await Promise.all(Array.from({ length: 9 }, () => callAs(5, 'GET /job-types')));
  const refused = row.find(({ status }) => status === 429);
  expect(refused?.headers).toMatchObject({
    'retry-after': '1',
    'ratelimit-policy': '"requestsPerSecond";q=1;w=1',
  });
  const replays = await Promise.all([1, 2, 3].map(() => submitAs(5, 'first')));
  expect(replays.map(({ status }) => status)).toEqual([202, 202, 202]);
  const { id } = jobResponse.parse(JSON.parse(first.body));
  const reads = await Promise.all(Array.from({ length: 9 }, () => callAs(5, `GET /jobs/${id}`)));
  expect(reads.map(({ status }) => status)).toContain(429);
  const pages = await Promise.all(Array.from({ length: 9 }, () => callAs(5, 'GET /ui')));
  expect(pages.map(({ status }) => status)).toContain(429);
});

test('the share of a tenant costs no call while it is quiet, and closes each door that writes when it is used up', async () => {
  const share = 13;
  calls = [];
  expect((await submitAs(share, 'first')).status).toBe(202);
  expect(calls).toEqual(['GetItem', 'UpdateItem']);
  calls = [];
  expect(meResponse.parse(JSON.parse((await callAs(share, 'GET /me')).body)).limits).toEqual({
    writesPerSecond: { max: 250 },
  });
  expect(calls).toEqual([]);
  const arrivesAt = microsOf(Date.now()) + 1_000_000_000_000;
  const id = `rate/writesPerSecond/${tenantKeyOf('with a share')}`;
  const { dynamoDb, tableName: TableName } = system.aws;
  await dynamoDb.send(new PutItemCommand({ TableName, Item: toAttributes({ id, arrivesAt }) }));
  const batch = await callAs(share, 'POST /jobs/batch', { sent: { jobs: Array(100).fill(job) } });
  const { items } = submitAllResponse.parse(JSON.parse(batch.body));
  expect(new Set(items.map(({ status }) => status))).toEqual(new Set([429]));
  const all = (target: string, sent: object) =>
    Promise.all(Array.from({ length: 100 }, () => callAs(share, target, { sent })));
  const somebody = '00000000-0000-4000-8000-000000000000';
  for (const [target, sent] of [
    ['POST /jobs', job],
    ['POST /uploads', { bytes: 1 }],
    [`POST /jobs/${somebody}/signals/approve`, {}],
  ] as const) {
    const refused = (await all(target, sent)).find(({ status }) => status === 429);
    const { limit, detail } = problem.parse(JSON.parse(refused?.body ?? '{}'));
    expect(limit).toMatchObject({ name: 'writesPerSecond', max: 250, windowSeconds: 1 });
    expect(detail).toContain(
      'npm run -s keys -- limits --stage STAGE --tenant TENANT --writes-per-second NUMBER',
    );
  }
  const replays = await Promise.all(Array.from({ length: 50 }, () => submitAs(share, 'first')));
  expect(new Set(replays.map(({ status }) => status))).toEqual(new Set([202]));
});

test('the jobs of a batch count as requests, and the first ones come in that fit', async () => {
  const answer = await callAs(14, 'POST /jobs/batch', { sent: { jobs: Array(9).fill(job) } });
  const { items } = submitAllResponse.parse(JSON.parse(answer.body));
  expect(items.map(({ status }) => status)).toEqual([...Array(5).fill(202), ...Array(4).fill(429)]);
  expect(items[5]).toMatchObject({ problem: { limit: { name: 'requestsPerSecond', max: 5 } } });
});

test('a status costs a write for a tenant whose requests are limited, and nothing for others', async () => {
  const { id } = jobResponse.parse(JSON.parse((await submitAs(4)).body));
  calls = [];
  expect((await callAs(4, `GET /jobs/${id}`)).status).toBe(200);
  expect(calls).toEqual(['GetItem']);
});

test('unfinished jobs have a limit: a job that has ended makes room some seconds later', async () => {
  const left = async () =>
    meResponse.parse(JSON.parse((await callAs(8, 'GET /me')).body)).limits?.unfinishedJobs?.remaining;
  const first = await submitAs(8, 'first');
  calls = [];
  expect((await submitAs(8)).status).toBe(202);
  expect(calls).toEqual(['UpdateItem', 'UpdateItem']);
  calls = [];
  const refused = await submitAs(8);
  expect([refused.status, calls]).toEqual([429, []]);
  const seconds = Number(refused.headers['retry-after']);
  expect(problem.parse(JSON.parse(refused.body)).limit).toEqual({
    ...{ name: 'unfinishedJobs', max: 2, retryAfterSeconds: seconds },
  });
  expect(refused.headers).toMatchObject({
    ratelimit: `"unfinishedJobs";r=0;t=${seconds}`,
    'ratelimit-policy': '"unfinishedJobs";q=2',
  });
  expect((await submitAs(8, 'first')).status).toBe(202);
  const batch = await callAs(8, 'POST /jobs/batch', { sent: { jobs: [job] } });
  expect(submitAllResponse.parse(JSON.parse(batch.body)).items[0]?.status).toBe(429);
  expect(await left()).toBe(0);
  const { id } = jobResponse.parse(JSON.parse(first.body));
  expect((await callAs(8, `POST /jobs/${id}/cancel`)).status).toBe(200);
  expect(await left()).toBe(1);
  await eventually(async () => (await submitAs(8)).status === 202 || undefined, 'room for another job');
  expect((await submitAs(8)).status).toBe(429);
});

test('the time that jobs run for has a limit: the worker charges it, and the door looks', async () => {
  const left = async () =>
    meResponse.parse(JSON.parse((await callAs(9, 'GET /me')).body)).limits?.runningSecondsPerHour?.remaining;
  expect(await left()).toBe(1);
  calls = [];
  const first = await callAs(9, 'POST /jobs', { key: 'first', sent: { ...job, payload: { seconds: 1 } } });
  expect([first.status, calls]).toEqual([202, ['GetItem', 'GetItem', 'UpdateItem']]);
  system.start('long');
  await eventually(async () => ((await left()) === 0 ? true : undefined), 'the charge');
  await system.halt('long');
  const refused = await submitAs(9);
  expect(refused.status).toBe(429);
  expect(problem.parse(JSON.parse(refused.body)).limit).toMatchObject({
    ...{ name: 'runningSecondsPerHour', max: 1, windowSeconds: 3_600 },
  });
  expect(refused.headers).toMatchObject({ 'ratelimit-policy': '"runningSecondsPerHour";q=1;w=3600' });
  const batch = await callAs(9, 'POST /jobs/batch', { sent: { jobs: [job] } });
  expect(submitAllResponse.parse(JSON.parse(batch.body)).items[0]?.status).toBe(429);
  expect(
    (await callAs(9, 'POST /jobs', { key: 'first', sent: { ...job, payload: { seconds: 1 } } })).status,
  ).toBe(202);
});

test('a retry counts, one of a bulk action, too, and neither is refused', async () => {
  const act = async (target: string, sent?: object) => {
    const answer = await callAs(10, target, sent === undefined ? {} : { sent });
    expect(answer.status).toBeLessThan(300);
    return jobResponse.parse(JSON.parse(answer.body));
  };
  const { id } = await act('POST /jobs', job);
  expect((await submitAs(10)).status).toBe(429);
  await act(`POST /jobs/${id}/cancel`);
  moves = 0;
  await act(`POST /jobs/${id}/retry`);
  // A process that does not know the rate writes twice.
  expect(moves).toBeGreaterThan(0);
  moves = 0;
  await act(`POST /jobs/${id}/cancel`);
  system.start('bulk');
  const filter = { type: 'counting', status: 'canceled' };
  const { id: action } = await act('POST /jobs/actions', { action: 'retry', filter });
  await eventually(async () => {
    const { status } = await act(`GET /jobs/${action}`);
    return status === 'succeeded' ? status : undefined;
  }, 'the bulk action');
  await system.halt('bulk');
  expect(moves).toBeGreaterThan(0);
  expect((await act(`GET /jobs/${id}`)).status).toBe('queued');
});

test('each group has its number of unfinished jobs, and so have those that are to wait', async () => {
  const submit = async (more: object) => {
    const answer = await callAs(11, 'POST /jobs', { sent: { ...job, ...more } });
    return answer.status === 202 ? 202 : problem.parse(JSON.parse(answer.body)).limit?.name;
  };
  expect(await submit({ group: 'g' })).toBe(202);
  expect(await submit({ group: 'g' })).toBe('unfinishedJobsOfGroup');
  expect(await submit({ group: 'h' })).toBe(202);
  expect(await submit({ delaySeconds: 600 })).toBe(202);
  expect(await submit({ delaySeconds: 600 })).toBe('waitingJobs');
  const jobs = [{ group: 'h' }, { group: 'i' }, { delaySeconds: 9 }, {}].map((more) => ({ ...job, ...more }));
  const batch = await callAs(11, 'POST /jobs/batch', { sent: { jobs } });
  const { items } = submitAllResponse.parse(JSON.parse(batch.body));
  expect(items.map(({ status }) => status)).toEqual([429, 202, 429, 202]);
  const me = await callAs(11, 'GET /me');
  expect(meResponse.parse(JSON.parse(me.body)).limits).toEqual({
    unfinishedJobsOfGroup: { max: 1 },
    waitingJobs: { max: 1, remaining: 0 },
  });
});

test('waits have a limit: a caller that finds no place asks again later, and a job that has ended needs none', async () => {
  const submitLate = async () =>
    jobResponse.parse(
      JSON.parse((await callAs(12, 'POST /jobs', { sent: { ...job, delaySeconds: 600 } })).body),
    ).id;
  const first = await submitLate();
  let id = first;
  const wait = (seconds: number) => callAs(12, `GET /jobs/${id}/wait?seconds=${seconds}`);
  calls = [];
  // One waits until the two others were refused, and its job ends.
  const refused: Answer[] = [];
  const row = [wait(20), wait(20), wait(20)].map(async (asked) => {
    const answer = await asked;
    if (answer.status === 429) refused.push(answer);
    return answer.status;
  });
  await eventually(async () => refused.length === 2 || undefined, 'two to be refused');
  for (const { headers } of refused)
    expect(headers).toMatchObject({
      'retry-after': '5',
      ratelimit: '"waitsAtOnce";r=0;t=5',
      'ratelimit-policy': '"waitsAtOnce";q=1',
    });
  expect(calls.filter((call) => call === 'UpdateItem')).toHaveLength(3);
  expect((await callAs(12, `POST /jobs/${first}/cancel`)).status).toBe(200);
  expect((await Promise.all(row)).sort()).toEqual([200, 429, 429]);
  id = await submitLate();
  expect((await wait(1)).status).toBe(200);
  calls = [];
  const holding = wait(20);
  await eventually(async () => calls.includes('UpdateItem') || undefined, 'the place to be taken');
  const preferring = system.call('POST', '/jobs', {
    headers: {
      authorization: `Bearer ${writeApiKey(keyOf(12))}`,
      'content-type': 'application/json',
      prefer: 'wait=2',
    },
    body: JSON.stringify({ ...job, delaySeconds: 600 }),
  });
  expect((await preferring).headers).not.toHaveProperty('preference-applied');
  expect((await callAs(12, `POST /jobs/${id}/cancel`)).status).toBe(200);
  expect((await holding).status).toBe(200);
  calls = [];
  expect([(await wait(20)).status, calls]).toEqual([200, ['GetItem']]);
});

test('uploads have a limit of their number, and of their bytes', async () => {
  const upload = (bytes: number) => callAs(7, 'POST /uploads', { sent: { bytes } });
  expect((await upload(11)).status).toBe(400);
  expect((await upload(10)).status).toBe(201);
  const refused = await upload(1);
  expect([refused.status, JSON.parse(refused.body).limit.name]).toEqual([429, 'uploadBytesPerDay']);
  const none = await upload(0);
  expect([none.status, JSON.parse(none.body).limit.name]).toEqual([429, 'uploadsPerDay']);
});

test('lists count what they have cost, and bulk actions have their limit', async () => {
  const submitted = await callAs(6, 'POST /jobs', { sent: job });
  expect((await callAs(6, 'GET /jobs')).status).toBe(200);
  for (const path of ['GET /jobs', 'GET /errors', 'GET /ui']) {
    const refused = await callAs(6, path);
    expect([path, refused.status]).toEqual([path, 429]);
  }
  const dependsOn = [jobResponse.parse(JSON.parse(submitted.body)).id];
  const dependent = await callAs(6, 'POST /jobs', { sent: { ...job, dependsOn } });
  expect([dependent.status, JSON.parse(dependent.body).limit.name]).toEqual([429, 'readUnitsPerMinute']);
  const act = () =>
    callAs(6, 'POST /jobs/actions', { sent: { action: 'cancel', filter: { type: 'counting' } } });
  const statuses = (await Promise.all([act(), act()])).map(({ status }) => status);
  expect(statuses.sort()).toEqual([202, 429]);
});
