import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { jobList, jobResponse } from '../../shared/http/responses/job-response.ts';
import { describeNoWaits } from './room.suite.ts';
import { type System, startSystem } from './system.ts';

const url = 'https://api.example.com/v1';
const json = { 'content-type': 'application/json' };
const browser = { accept: 'text/html' };
const counting = { type: 'counting', payload: { seconds: 0 } };

let system: System;
beforeAll(async () => {
  system = await startSystem({ environment: { PUBLIC_URL: url, WAIT_SECONDS: '0' } });
});
afterAll(() => system?.stop());

const post = (path: string, body: unknown) =>
  system.call('POST', path, { headers: json, body: JSON.stringify(body) });
const locationOf = async (path: string, headers = {}) =>
  (await system.call('GET', path, { headers })).headers.location;

test('every link to a job begins with the public URL', async () => {
  const accepted = await post('/jobs', counting);
  const { id, statusUrl, pageUrl } = jobResponse.parse(JSON.parse(accepted.body));
  expect(statusUrl).toBe(`${url}/jobs/${id}`);
  expect(pageUrl).toMatch(new RegExp(`^${url}/ui/jobs/${id}\\?grant=`));
  expect(accepted.headers).toMatchObject({ location: statusUrl, 'operation-location': statusUrl });
  expect((await system.get(id)).statusUrl).toBe(statusUrl);
  expect(await locationOf(`/jobs/${id}?wait=1`)).toBe(`${statusUrl}/wait?seconds=1`);
  expect(await locationOf(`/jobs/${id}`, browser)).toMatch(`${url}/ui/jobs/${id}?grant=`);
  const batch = await post('/jobs/batch', { jobs: [counting] });
  expect(batch.body).toContain(`"statusUrl":"${url}/jobs/`);
  const { items } = jobList.parse(JSON.parse((await system.call('GET', '/jobs')).body));
  for (const each of items) expect(each.statusUrl).toBe(`${url}/jobs/${each.id}`);
});

test('what leads to a path leads below the public URL', async () => {
  expect(await locationOf('/')).toBe('/v1/ui');
  expect(await locationOf('/jobs/')).toBe('/v1/jobs');
});

test('what a page links to, sends forms to and loads is below the public URL', async () => {
  const { id } = await system.submit('counting', { seconds: 0 });
  for (const path of [
    '/ui',
    `/ui/jobs/${id}`,
    '/ui/job-types/counting',
    '/ui/errors',
    '/ui/queues',
    '/ui/stats',
    '/ui/schedules',
  ]) {
    const { body } = await system.call('GET', path, { headers: browser });
    const links = [...body.matchAll(/ (?:href|src|action|formaction)="(\/[^"]*)"/g)].map(([, link]) => link);
    expect([path, links.filter((link) => !link?.startsWith('/v1/ui'))]).toEqual([path, []]);
    expect(links.length).toBeGreaterThan(3);
  }
});

test('the API is where its document says, and its problems are explained there', async () => {
  const { body } = await system.call('GET', '/openapi.json');
  expect(JSON.parse(body)).toMatchObject({ servers: [{ url }] });
  const problem = await system.call('GET', '/nowhere');
  expect(JSON.parse(problem.body)).toMatchObject({ type: '/v1/problems/not-found', instance: '/v1/nowhere' });
});

describe('without waits', () => describeNoWaits(() => system));
