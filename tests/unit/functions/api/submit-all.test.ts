import { describe, expect, test } from '@jest/globals';
import { submitAction, submitTenantAction } from '../../../../functions/api/submit-action.ts';
import { bulkAction } from '../../../../job-types/bulk-action/contract.ts';
import { type Right, rights } from '../../../../shared/domain/access/access-entry.ts';
import {
  ForbiddenError,
  InvalidRequestError,
  KeyReusedError,
  PayloadTooLargeError,
  StoreUnavailableError,
  TenantSuspendedError,
  UnsupportedMediaTypeError,
} from '../../../../shared/domain/base/errors.ts';
import { isTerminal, jobStatuses } from '../../../../shared/domain/state/job/transitions.ts';
import type { Caller } from '../../../../shared/http/access/caller.ts';
import { submitAllResponse } from '../../../../shared/http/responses/submit-all-response.ts';
import { contracts } from '../../../job-types/contracts.ts';
import { aRequest } from '../../../set-ups/samples.ts';
import { aJob, aSubmitAllFunction, submitting } from '../../../set-ups/submit-all.ts';

const unfinished = jobStatuses.filter((status) => !isTerminal(status));

const violationsOf = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('the batch was accepted');
    },
    (error: unknown) => {
      if (error instanceof InvalidRequestError) return error.violations;
      throw error;
    },
  );

const unique = { key: ({ seconds }: { seconds: number }) => `${seconds % 10}`, withinSeconds: 3_600 };
const types = { ...contracts, counting: { ...contracts.counting, unique } };

/** Of jobs with the same last digit one is in each window. */
function aUniqueStage(jobsPerMinute: number | 'none' = 'none') {
  const slow = () => new Promise<void>((resolve) => setImmediate(resolve));
  const world = aSubmitAllFunction(slow, { jobsPerMinute }, types);
  const seen = async (jobs: readonly unknown[]) => {
    const items = await world.itemsOf(jobs);
    return items.map((item) => ('job' in item ? [item.job.id, item.replayed] : [item.status]));
  };
  return { ...world, seen };
}

describe('a batch of a unique type', () => {
  test('of the jobs of a batch with one unique key, the first one is the job', async () => {
    const { seen, sent } = aUniqueStage();
    const batch = [aJob(1), aJob(2), aJob(11, { idempotencyKey: 'a' }), aJob(21), aJob(12)];
    const [[one] = [], [two] = []] = await seen(batch);
    expect(sent().map(({ payload }) => payload)).toEqual([{ seconds: 1 }, { seconds: 2 }]);
    expect(await seen(batch)).toEqual([one, two, one, one, two].map((id) => [id, true]));
    expect(sent()).toHaveLength(2);
  });

  test('one that is not valid leaves the job to the next one', async () => {
    const { seen } = aUniqueStage();
    const [wrong, first, second] = await seen([
      aJob(1, { runAt: '2020-01-01T00:00:00Z' }),
      aJob(11),
      aJob(21),
    ]);
    expect([wrong, first?.[1], second]).toEqual([[400], false, [first?.[0], true]]);
  });

  test('a batch uses up as much of a limit as it has unique keys', async () => {
    const { seen, rates } = aUniqueStage(5);
    await seen([aJob(1), aJob(11), aJob(2), aJob(21), aJob(3)]);
    expect(rates.taken).toBe(3);
  });
});

describe('a batch of a debounced type', () => {
  test('has one job for a debounce key, with the last payload, and uses up a limit with each replacement', async () => {
    const debounce = { key: unique.key, delaySeconds: 20, maxDelaySeconds: 50 };
    const slow = () => new Promise<void>((resolve) => setImmediate(resolve));
    const { itemsOf, items, rates } = aSubmitAllFunction(
      slow,
      { jobsPerMinute: 5 },
      { ...contracts, counting: { ...contracts.counting, debounce } },
    );
    const ids = (await itemsOf([aJob(1), aJob(2), aJob(11), aJob(21)])).map((item) =>
      'job' in item ? item.job.id : item.status,
    );
    expect(ids).toEqual([ids[0], ids[1], ids[0], ids[0]]);
    expect(items.get(String(ids[0]))?.message).toContain('"payload":{"seconds":21}');
    expect([items.size, rates.taken]).toEqual([2, 4]);
  });
});

describe('a batch', () => {
  test('submits its jobs, and answers in their order, as the schema has it', async () => {
    const { submit, sent, items } = aSubmitAllFunction();
    const response = await submit({ jobs: [aJob(1), aJob(2, { tags: ['a'] }), aJob(3)] });
    expect(response.items.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(JSON.stringify(submitAllResponse.parse(response))).toBe(JSON.stringify(response));
    const ids = response.items.map((item) => ('job' in item ? item.job.id : undefined));
    expect(sent().map(({ id }) => id)).toEqual(ids);
    expect(ids.map((id) => items.get(String(id))?.tenant)).toEqual(Array(3).fill('a tenant'));
    expect(sent().map(({ payload }) => payload)).toEqual([{ seconds: 1 }, { seconds: 2 }, { seconds: 3 }]);
    expect(response.items[1]).toMatchObject({ replayed: false, job: { tags: ['a'], status: 'queued' } });
  });

  test('has for each job where to find it, and neither result nor history', async () => {
    const [item] = await aSubmitAllFunction().itemsOf([aJob()]);
    const job = item && 'job' in item ? item.job : undefined;
    expect(job?.statusUrl).toBe(`https://api.example.com/jobs/${job?.id}`);
    expect(job?.pageUrl).toContain(`https://api.example.com/ui/jobs/${job?.id}?grant=`);
    expect(job).not.toHaveProperty('result');
    expect(job).not.toHaveProperty('history');
  });

  test('has neither a link nor what a job has made for who may only submit', async () => {
    const { submit, items: table } = aSubmitAllFunction();
    const batch = { jobs: [aJob(1, { idempotencyKey: 'a key', notify: [] }), aJob(2)] };
    await submit(batch);
    for (const [id, item] of table)
      table.set(id, {
        ...item,
        progress: { percent: 1, message: 'of-its-content' },
        error: { name: 'of-its-content', message: '' },
        notify: [{ event: true }],
      });
    const { items } = await submit(batch, {}, ['submit']);
    expect(items).toMatchObject([{ replayed: true }, { replayed: false }]);
    for (const text of ['of-its-content', 'grant', 'pageUrl', 'notification'])
      expect(JSON.stringify(items)).not.toContain(text);
    expect(submitAllResponse.parse({ items })).toEqual({ items });
  });

  test('is submitted in part if some of its jobs are not valid: each item says all that is wrong with its job', async () => {
    const { itemsOf, sent } = aSubmitAllFunction();
    const items = await itemsOf([
      aJob(1),
      aJob(-1, { priority: 1, idempotencyKey: '' }),
      'a text',
      { type: 'nonsense', idempotencyKey: 7 },
      { type: 'bulk-action', payload: { action: 'erase', filter: {} } },
      null,
      aJob(2),
    ]);
    expect(items.map(({ status }) => status)).toEqual([202, 400, 400, 400, 400, 400, 202]);
    expect(sent()).toHaveLength(2);
    const problems = items.map((item) => ('problem' in item ? item.problem : undefined));
    expect(problems[1]).toEqual({
      type: '/problems/invalid-request',
      title: 'The request is not valid',
      status: 400,
      detail: 'See `errors` for everything that is wrong.',
      instance: '/jobs/batch#/jobs/1',
      errors: [
        { pointer: '/priority', detail: 'unknown key' },
        { pointer: '/payload/seconds', detail: 'Too small: expected number to be >=0' },
        {
          pointer: '/idempotencyKey',
          detail: 'must have 1 to 255 characters, all of printable ASCII',
        },
      ],
    });
    expect(problems[2]?.errors?.map(({ pointer }) => pointer)).toEqual(['']);
    expect(problems[3]?.errors?.map(({ pointer }) => pointer)).toEqual(['/type', '/idempotencyKey']);
    expect(problems[4]?.errors).toEqual([
      { pointer: '/type', detail: 'is reserved: use POST /jobs/actions' },
    ]);
    expect(problems[5]?.instance).toBe('/jobs/batch#/jobs/5');
  });

  test('is submitted in part if the table fails for some of its jobs', async () => {
    let writes = 0;
    const { itemsOf, log } = aSubmitAllFunction((call) => {
      if (!call.startsWith('write')) return;
      writes += 1;
      if (writes === 2) throw new StoreUnavailableError('an internal detail');
    });
    const items = await itemsOf([aJob(1), aJob(2), aJob(3)]);
    expect(items.map(({ status }) => status).sort()).toEqual([202, 202, 503]);
    expect(JSON.stringify(items)).not.toContain('an internal detail');
    expect(log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { message: 'request failed', fields: { path: '/jobs/batch#/jobs/1' } },
    ]);
  });

  test('carries on the trace of its request in every job', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { itemsOf, sent } = aSubmitAllFunction();
    await itemsOf([aJob(1), aJob(2)], { traceparent });
    expect(sent().map((message) => message.traceparent)).toEqual([traceparent, traceparent]);
  });

  test('refuses only the job that is larger than a job may be', async () => {
    const { itemsOf } = aSubmitAllFunction();
    const csv = (bytes: number) => ({ type: 'csv-sums', payload: { csv: 'x'.repeat(bytes) } });
    const items = await itemsOf([aJob(), csv(256 * 1024)]);
    expect(items).toMatchObject([
      { status: 202 },
      {
        status: 413,
        problem: {
          type: '/problems/too-large',
          detail: 'A job may have 262144 bytes; this one has 262184.',
        },
      },
    ]);
  });
});

/** As Lambda hands it over: the body is a text in a JSON document, of at most 6 MiB. */
const bytesOnLambda = (answer: unknown): number =>
  Buffer.byteLength(JSON.stringify({ body: JSON.stringify(answer) }));
const mib = 1024 * 1024;
/** A character that is seven bytes there. */
const dear = '\u0001';

describe('the answer to a batch', () => {
  const wrong = (keys: number, length: number) =>
    Object.fromEntries(Array.from({ length: keys }, (_, at) => [`${at}${dear.repeat(length)}`, 1]));

  test('says 1000 things that are wrong at most, and names the good jobs, however much is wrong with the others', async () => {
    const { itemsOf, sent } = aSubmitAllFunction();
    const bad = aJob(-1, wrong(300, 14));
    const items = await itemsOf([...Array(99).fill(bad), aJob(2)]);
    expect(bytesOnLambda({ items })).toBeLessThan(2 * mib);
    expect(sent().map(({ id }) => id)).toEqual(idsIn(items).slice(-1));
    const errors = items.slice(0, -1).map((item) => ('problem' in item ? (item.problem.errors ?? []) : []));
    expect(errors.map(({ length }) => length)).toEqual(Array(99).fill(11));
    expect(errors[0]?.at(-1)).toEqual({ pointer: '', detail: 'and 291 more' });
    const [item] = await itemsOf([bad]);
    expect(item && 'problem' in item ? item.problem.errors?.length : 0).toBe(101);
  });

  test('stays below what Lambda takes, also if nothing of it could be longer', async () => {
    const { itemsOf, items: table } = aSubmitAllFunction();
    const url = `https://example.com/?${'"'.repeat(2_020)}`;
    const largest = {
      notify: Array.from({ length: 5 }, (_, at) => ({ url: `${url}${at}` })),
      tags: Array.from({ length: 10 }, (_, at) => `${at}${dear.repeat(63)}`),
      group: dear.repeat(128),
    };
    const jobs = Array.from({ length: 100 }, (_, at) => aJob(1, { ...largest, idempotencyKey: `${at}` }));
    await itemsOf(jobs);
    for (const [id, item] of table)
      table.set(id, {
        ...item,
        status: 'failed',
        error: { name: dear.repeat(100), message: dear.repeat(2_000) },
        progress: { percent: 1, message: dear.repeat(200) },
      });
    const items = await itemsOf(jobs);
    expect(replaysIn(items)).toEqual(Array(100).fill(true));
    expect(new Set(idsIn(items)).size).toBe(100);
    expect(bytesOnLambda({ items })).toBeLessThan(5 * mib);
  });

  test.each([101, 5_000, 100_000])('refuses only the job that is nested %d levels deep', async (depth) => {
    const { submit, sent } = aSubmitAllFunction();
    const nested = `{"type": "counting", "payload": ${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const body = `{"jobs": [${JSON.stringify(aJob(1))}, ${nested}, ${JSON.stringify(aJob(2))}]}`;
    const { items } = await submit(body);
    expect(items).toMatchObject([
      { status: 202 },
      { status: 400, problem: { errors: [{ detail: 'may be nested 100 levels deep at most' }] } },
      { status: 202 },
    ]);
    expect(sent()).toHaveLength(2);
  });

  test('reads each dependency once, in however many jobs it is named', async () => {
    let reads = 0;
    const { itemsOf, items: table } = aSubmitAllFunction((call) => {
      if (call === 'read') reads += 1;
    });
    await itemsOf([aJob(1), aJob(2)]);
    const [one = '', other = ''] = table.keys();
    const unknown = '00000000-0000-4000-8000-00000000000a';
    const jobs = Array.from({ length: 100 }, (_, at) =>
      aJob(1, { dependsOn: at % 2 === 0 ? [one, other, one] : [other, unknown] }),
    );
    const items = await itemsOf(jobs);
    expect(items.map(({ status }) => status)).toEqual(jobs.map((_, at) => (at % 2 === 0 ? 202 : 400)));
    expect(reads).toBe([one, other, unknown].length);
  });

  test('reads of dependencies count in the limit of the tenant, each once', async () => {
    const { itemsOf, items: table } = aSubmitAllFunction(undefined, { readUnitsPerMinute: 3 });
    await itemsOf([aJob(1), aJob(2)]);
    const [one = '', other = ''] = table.keys();
    const dependsOn = [one, other];
    const statuses = async (jobs: readonly object[]) => (await itemsOf(jobs)).map(({ status }) => status);
    expect(await statuses(Array(20).fill(aJob(1, { dependsOn })))).toEqual(Array(20).fill(202));
    expect(await statuses([aJob(1, { dependsOn: [one] }), aJob(1)])).toEqual([202, 202]);
    expect(await statuses([aJob(1, { dependsOn: [one] }), aJob(1)])).toEqual([429, 202]);
  });

  test('refuses a job that depends on a child of another', async () => {
    const { itemsOf, items: table } = aSubmitAllFunction();
    await itemsOf([aJob(1)]);
    const [[id, job] = []] = table;
    if (!id || !job) throw new Error('no job');
    const parent = {
      id: '00000000-0000-4000-8000-00000000000a',
      batch: 'a batch',
      index: 0,
      shard: 0,
      depth: 1,
    };
    table.set(id, { ...job, parent });
    expect(await itemsOf([aJob(1, { dependsOn: [id] })])).toMatchObject([
      { status: 400, problem: { errors: [{ detail: 'is a child of a job: depend on its parent' }] } },
    ]);
  });
});

describe('a batch is refused as a whole', () => {
  test.each([
    ['has no list of jobs', {}, '/jobs', 'must be a list of jobs'],
    ['has something else than a list', { jobs: {} }, '/jobs', 'must be a list of jobs'],
    ['has no job', { jobs: [] }, '/jobs', 'must not be empty'],
    ['has too many jobs', { jobs: Array(101).fill(aJob()) }, '/jobs', 'may have 100 jobs at most'],
    ['is a list', [aJob()], '', 'Invalid input: expected object, received array'],
    ['has other keys', { jobs: [aJob()], idempotencyKey: 'a' }, '/idempotencyKey', 'unknown key'],
    ['is no JSON', '{"jobs":', '', 'the body is not JSON in UTF-8'],
  ])('if it %s', async (_what, body, pointer, detail) => {
    const { submit, sent } = aSubmitAllFunction();
    expect(await violationsOf(submit(body))).toEqual([{ pointer, detail }]);
    expect(sent()).toEqual([]);
  });

  test('if it has the header for one job', async () => {
    const { itemsOf, sent } = aSubmitAllFunction();
    expect(await violationsOf(itemsOf([aJob()], { 'idempotency-key': '"a"' }))).toEqual([
      {
        pointer: 'Idempotency-Key',
        detail: 'is for one job: give each job of a batch its own idempotencyKey',
      },
    ]);
    expect(sent()).toEqual([]);
  });

  test('if it is no JSON by its content type, or has more than 4.5 MB', async () => {
    const { itemsOf } = aSubmitAllFunction();
    await expect(itemsOf([aJob()], { 'content-type': 'text/plain' })).rejects.toThrow(
      UnsupportedMediaTypeError,
    );
    const bytes = 4.5 * 1024 * 1024 - '{"jobs":[""]}'.length;
    await expect(itemsOf(['x'.repeat(bytes + 1)])).rejects.toThrow(PayloadTooLargeError);
    await expect(itemsOf(['x'.repeat(bytes)])).resolves.toMatchObject([{ status: 413 }]);
  });
});

const keyed = (seconds: number, idempotencyKey = 'a key') => aJob(seconds, { idempotencyKey });
type Items = Awaited<ReturnType<ReturnType<typeof aSubmitAllFunction>['itemsOf']>>;
const idsIn = (items: Items) => items.map((item) => ('job' in item ? item.job.id : item.problem.type));
const replaysIn = (items: Items) => items.map((item) => ('job' in item ? item.replayed : item.status));

describe('a batch of jobs with keys', () => {
  test('that is sent again is the same jobs, and sends no message', async () => {
    const { itemsOf, sent } = aSubmitAllFunction();
    const batch = [keyed(1, 'a'), aJob(2), keyed(3, 'c')];
    const first = await itemsOf(batch);
    const second = await itemsOf(batch);
    expect(replaysIn(first)).toEqual([false, false, false]);
    expect(replaysIn(second)).toEqual([true, false, true]);
    expect([idsIn(second)[0], idsIn(second)[2]]).toEqual([idsIn(first)[0], idsIn(first)[2]]);
    expect(idsIn(second)[1]).not.toBe(idsIn(first)[1]);
    expect(sent()).toHaveLength(4);
  });

  test('does the same job once if it has it several times', async () => {
    const { itemsOf, sent } = aSubmitAllFunction();
    const items = await itemsOf(Array.from({ length: 45 }, () => keyed(1)));
    expect(new Set(idsIn(items)).size).toBe(1);
    expect(replaysIn(items)).toEqual([false, ...Array(44).fill(true)]);
    expect(sent()).toHaveLength(1);
  });

  test.each([0, 7, 30])(
    'of racing jobs with one key takes the first one, with %d others before it',
    async (others) => {
      const { itemsOf, sent } = aSubmitAllFunction(() => new Promise((resolve) => setImmediate(resolve)));
      const before = Array.from({ length: others }, (_, at) => aJob(at));
      const items = await itemsOf([...before, keyed(50), keyed(51), keyed(50), keyed(52, 'another')]);
      expect(replaysIn(items).slice(others)).toEqual([false, 422, true, false]);
      expect(sent().map(({ payload }) => payload)).toContainEqual({ seconds: 50 });
      expect(sent().map(({ payload }) => payload)).not.toContainEqual({ seconds: 51 });
    },
  );

  test('says of a key that came before with another job that it did', async () => {
    const { itemsOf } = aSubmitAllFunction();
    const [, item] = await itemsOf([keyed(1), keyed(2)]);
    expect(item).toEqual({
      status: 422,
      problem: {
        type: '/problems/key-reused',
        title: 'The idempotency key was used for another request',
        status: 422,
        detail: 'This Idempotency-Key was used before, with another request.',
        instance: '/jobs/batch#/jobs/1',
      },
    });
  });

  test('takes the second job of a key if the first one is not valid', async () => {
    const { itemsOf } = aSubmitAllFunction();
    expect(replaysIn(await itemsOf([keyed(-1), keyed(2), keyed(2)]))).toEqual([400, false, true]);
  });

  test('refuses keys that are no printable text, and takes all others', async () => {
    const { itemsOf, sent } = aSubmitAllFunction();
    const odd = [{}, [], null, 1, true, '', 'é', '\n', 'x'.repeat(256)];
    const items = await itemsOf(odd.map((idempotencyKey) => aJob(1, { idempotencyKey })));
    expect(items.map(({ status }) => status)).toEqual(odd.map(() => 400));
    expect(sent()).toEqual([]);
    const even = ['toString', '__proto__', '"', '\\', ' ', 'x'.repeat(255)];
    const valid = await itemsOf(even.map((key) => keyed(1, key)));
    expect(new Set(idsIn(valid)).size).toBe(even.length);
    expect(valid.map(({ status }) => status)).toEqual(even.map(() => 202));
  });
});

test('a batch of a suspended tenant is refused as a whole', async () => {
  const { submit, sent, suspended } = aSubmitAllFunction();
  suspended.add('a tenant');
  await expect(submit({ jobs: [aJob(1), aJob(2)] })).rejects.toThrow(TenantSuspendedError);
  expect(sent()).toEqual([]);
});

function anActionFunction() {
  const { deps, items, queues, sent, suspended } = submitting();
  const submit = (body: unknown, { headers = {}, granted = rights as readonly Right[] } = {}) =>
    submitAction(
      aRequest({
        rawPath: '/jobs/actions',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
      { tenant: 'a tenant', actor: 'key:a-key', rights: granted },
      deps,
    );
  const violationsOf = async (body: unknown, headers = {}) => {
    const error = await submit(body, { headers }).then(
      () => new Error('the action was accepted'),
      (thrown: unknown) => thrown,
    );
    if (error instanceof InvalidRequestError) return error.violations;
    throw error;
  };
  const operator: Caller = { tenant: 'operators', rights: ['operate'], actor: 'key/one' };
  const submitForTenant = (body: unknown, headers = {}) =>
    submitTenantAction(
      aRequest({
        rawPath: '/tenant-actions',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
      operator,
      deps,
    );
  return { submit, submitForTenant, violationsOf, items, queues, sent, suspended };
}

const retry = { action: 'retry', filter: { status: 'failed' } };

describe('POST /jobs/actions', () => {
  test('submits a job of the tenant of its caller, with the attempts of its contract, on the queue of bulk actions', async () => {
    const { submit, items, queues } = anActionFunction();
    const filter = { status: 'failed', tags: ['b', 'a', 'b'], since: '2026-01-01T00:00:00Z' };
    const { job, replayed } = await submit({ action: 'retry', filter });
    expect(replayed).toBe(false);
    expect(items.get(job.id)).toMatchObject({
      tenant: 'a tenant',
      type: 'bulk-action',
      status: 'queued',
      maxAttempts: bulkAction.maxAttempts,
    });
    const payload = {
      action: 'retry',
      filter: { status: 'failed', tags: ['a', 'b'], since: Date.UTC(2026, 0, 1) },
    };
    expect(queues.bulk.sent.map(({ message }) => message.payload)).toEqual([payload]);
    expect(bulkAction.payload.parse(payload)).toEqual(payload);
  });

  test('of a suspended tenant ends its jobs, and starts none', async () => {
    const { submit, sent, suspended } = anActionFunction();
    suspended.add('a tenant');
    const filter = { tags: ['a'] };
    for (const action of ['retry', 'notify'])
      await expect(submit({ action, filter })).rejects.toThrow(TenantSuspendedError);
    for (const action of ['cancel', 'erase']) await submit({ action, filter });
    expect(sent()).toHaveLength(2);
  });

  test('is the same job with the same key, if the filter says the same in another way', async () => {
    const { submit, sent } = anActionFunction();
    const headers = { 'idempotency-key': '"a key"' };
    const first = { action: 'retry', filter: { tags: ['a', 'b'], until: '2026-01-02T01:00:00+01:00' } };
    const second = { filter: { until: '2026-01-02T00:00:00Z', tags: ['b', 'a', 'a'] }, action: 'retry' };
    const { job } = await submit(first, { headers });
    expect(await submit(second, { headers })).toMatchObject({ replayed: true, job: { id: job.id } });
    await expect(submit(retry, { headers })).rejects.toThrow(KeyReusedError);
    expect(sent()).toHaveLength(1);
  });

  test('carries on the trace of its request', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { submit, sent } = anActionFunction();
    await submit(retry, { headers: { traceparent } });
    expect(sent()[0]?.traceparent).toBe(traceparent);
  });

  test('erases only for a caller that may erase', async () => {
    const { submit, sent } = anActionFunction();
    const erase = { action: 'erase', filter: { type: 'counting' } };
    const granted: readonly Right[] = ['submit', 'read', 'control'];
    await expect(submit(erase, { granted })).rejects.toThrow(ForbiddenError);
    expect(sent()).toEqual([]);
    await submit({ ...erase, action: 'cancel' }, { granted });
    await submit(erase, { granted: ['control', 'erase'] });
    expect(sent()).toHaveLength(2);
  });

  test.each([
    ['cancel', ['succeeded', 'failed', 'canceled'], `to cancel, use ${unfinished.join(', ')}`],
    ['retry', [...unfinished, 'succeeded'], 'to retry, use failed, canceled'],
    ['erase', unfinished, 'to erase, use succeeded, failed, canceled'],
  ])('refuses to %s jobs that are %j: there would be none', async (action, statuses, detail) => {
    const { violationsOf } = anActionFunction();
    for (const status of statuses)
      expect(await violationsOf({ action, filter: { status } })).toEqual([
        { pointer: '/filter/status', detail },
      ]);
  });

  test('names everything that is wrong with it, the header too', async () => {
    const { violationsOf, sent } = anActionFunction();
    expect(
      (await violationsOf({ action: 'x', filter: {} }, { 'idempotency-key': '' })).map(
        ({ pointer }) => pointer,
      ),
    ).toEqual(['/action', '/filter', 'Idempotency-Key']);
    expect(sent()).toEqual([]);
  });
});

describe('POST /tenant-actions', () => {
  const cancel = { action: 'cancel', tenant: 'acme' };

  test('submits a bulk action of the tenant of the operator, which says for whom it is and who asks', async () => {
    const { submitForTenant, items, queues, suspended } = anActionFunction();
    for (const tenant of ['acme', 'operators']) suspended.add(tenant);
    const { job } = await submitForTenant(cancel);
    expect(items.get(job.id)).toMatchObject({ tenant: 'operators', type: 'bulk-action' });
    const payload = { action: 'cancel', filter: {}, other: { tenant: 'acme', by: 'key/one' } };
    expect(queues.bulk.sent.map(({ message }) => message.payload)).toEqual([payload]);
    expect(bulkAction.payload.parse(payload)).toEqual(payload);
  });

  test('knows a repeated request by its key', async () => {
    const { submitForTenant, sent } = anActionFunction();
    const headers = { 'idempotency-key': '"a key"' };
    await submitForTenant(cancel, headers);
    expect(await submitForTenant(cancel, headers)).toMatchObject({ replayed: true });
    expect(sent()).toHaveLength(1);
  });

  test.each([
    [{ action: 'retry', tenant: 'acme' }],
    [{ action: 'cancel' }],
    [{ action: 'cancel', tenant: '' }],
    [{ ...cancel, filter: {} }],
  ])('refuses %j', async (body) => {
    await expect(anActionFunction().submitForTenant(body)).rejects.toThrow(InvalidRequestError);
  });
});
