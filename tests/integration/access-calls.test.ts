import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { rootSecretId, suspendedId } from '../../shared/domain/access/access-entry.ts';
import { type ApiKey, writeApiKey } from '../../shared/domain/access/api-key.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { problem } from '../../shared/http/wire/respond.ts';
import { aKey, aKeyEntry, aRootSecretEntry } from '../set-ups/access.ts';
import { captureConsole } from '../set-ups/captured-console.ts';
import { type System, startSystem } from './system.ts';

const captured = captureConsole();
afterAll(captured.restore);

let system: System;
let reads: string[];
beforeAll(async () => {
  system = await startSystem({ auth: 'apiKey' });
  const entry = { id: 'suspended', kind: 'suspended', tenants: new Set(['suspended one']) } as const;
  await system.aws.putAccess(entry);
  await system.aws.putAccess(aKeyEntry(aKey('s'), { tenant: 'suspended one' }));
  system.table.treat = (operation, body) => {
    const { TableName, Key } = JSON.parse(body);
    reads.push(TableName === system.aws.accessTableName ? Key.id.S : operation);
    return 'pass';
  };
});
afterAll(() => system.stop());
beforeEach(async () => {
  await system.aws.putAccess(aKeyEntry());
  reads = [];
  system.queue.operations.length = 0;
});

const body = JSON.stringify({ type: 'counting', payload: { seconds: 0 } });
const submitWith = (text: string) =>
  system.call('POST', '/jobs', { body, headers: { authorization: `Bearer ${text}` } });
const textOf = (key: ApiKey) => writeApiKey(key);

test('a function without a root secret answers 503, sends nothing, and says in its log what to run', async () => {
  await system.aws.removeAccess(rootSecretId);
  const answer = await submitWith(textOf(aKey()));
  expect(captured.lines.join()).toContain('run: npm run keys -- init --stage test');
  expect(answer.status).toBe(503);
  expect(problem.parse(JSON.parse(answer.body)).detail).not.toContain('root');
  // Limits of single tenants, such as on requests, are in the list of those that are suspended.
  expect(reads).toEqual([`key/${aKey().id}`, suspendedId, rootSecretId]);
  expect(system.queue.operations).toEqual([]);
  await system.aws.putAccess(aRootSecretEntry());
});

test.each(['cancel', 'retry'])(
  'without a root secret, a %s changes nothing before it answers 503',
  async (action) => {
    await system.aws.removeAccess(rootSecretId);
    const headers = { authorization: `Bearer ${textOf(aKey())}` };
    const answer = await system.call('POST', `/jobs/00000000-0000-4000-8000-000000000000/${action}`, {
      headers,
    });
    expect(answer.status).toBe(503);
    expect(reads).not.toContain('GetItem');
    await system.aws.putAccess(aRootSecretEntry());
  },
);

test('a submission with a key that is known costs one write and one send, as without access control', async () => {
  await submitWith(textOf(aKey()));
  reads = [];
  system.queue.operations.length = 0;
  const { id } = jobResponse.parse(JSON.parse((await submitWith(textOf(aKey()))).body));
  expect(id).toMatch(/^[\da-f-]{36}$/);
  expect(reads).toEqual(['UpdateItem']);
  expect(system.queue.operations).toEqual(['SendMessage']);
});

test('a key that is not known yet costs one read more, once', async () => {
  await system.aws.putAccess(aKeyEntry(aKey('b')));
  await submitWith(textOf(aKey('b')));
  await submitWith(textOf(aKey('b')));
  expect(reads).toEqual([`key/${aKey('b').id}`, 'UpdateItem', 'UpdateItem']);
});

test.each([
  ['that does not exist', aKey('x')],
  ['with a wrong secret', { ...aKey('y'), secret: aKey('z').secret }],
])('a key %s costs one read, once in a minute, however many requests come at a time', async (_what, key) => {
  await system.aws.putAccess(aKeyEntry(aKey('y')));
  const answers = await Promise.all(Array.from({ length: 20 }, () => submitWith(textOf(key))));
  answers.push(await submitWith(textOf(key)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  expect(reads).toEqual([`key/${key.id}`]);
  expect(system.queue.operations).toEqual([]);
});

test('a key with a bad checksum costs no read', async () => {
  const text = textOf(aKey('w'));
  const answer = await submitWith(`${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`);
  expect(answer.status).toBe(401);
  expect(reads).toEqual([]);
});

describe('a suspended tenant', () => {
  const job = { type: 'counting', payload: { seconds: 0 } };
  const call = (method: string, path: string, sent?: object) =>
    system.call(method, path, {
      headers: { authorization: `Bearer ${textOf(aKey('s'))}`, 'content-type': 'application/json' },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });

  test.each([
    ['POST /jobs', job],
    ['POST /jobs/batch', { jobs: [job] }],
    ['POST /jobs/actions', { action: 'retry', filter: { status: 'failed' } }],
    ['POST /uploads', { bytes: 1 }],
  ])('is refused %s, with a problem that says why, and nothing is sent', async (route, sent) => {
    const [method = '', path = ''] = route.split(' ');
    const { status, body: text } = await call(method, path, sent);
    expect([status, problem.parse(JSON.parse(text)).type]).toEqual([403, '/problems/tenant-suspended']);
    expect(system.queue.operations).toEqual([]);
  });

  test('looks at its jobs, and ends them', async () => {
    expect((await call('GET', '/jobs')).status).toBe(200);
    const ending = await call('POST', '/jobs/actions', { action: 'cancel', filter: { type: 'counting' } });
    expect(ending.status).toBe(202);
  });

  test('costs another tenant one read in half a minute', async () => {
    await submitWith(textOf(aKey()));
    reads = [];
    await submitWith(textOf(aKey()));
    expect(reads).not.toContain('suspended');
  });
});
