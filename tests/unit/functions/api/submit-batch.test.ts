import { describe, expect, test } from '@jest/globals';
import { batchResponse } from '../../../../shared/http/batch-request.ts';
import {
  InvalidRequestError,
  PayloadTooLargeError,
  StoreUnavailableError,
  UnsupportedMediaTypeError,
} from '../../../../shared/job/errors.ts';
import { aBatchFunction, aJob } from '../../../set-ups/batching.ts';

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

describe('a batch', () => {
  test('submits its jobs, and answers in their order, as the schema has it', async () => {
    const { submit, sent, items } = aBatchFunction();
    const response = await submit({ jobs: [aJob(1), aJob(2, { tags: ['a'] }), aJob(3)] });
    expect(response.items.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(JSON.stringify(batchResponse.parse(response))).toBe(JSON.stringify(response));
    const ids = response.items.map((item) => ('job' in item ? item.job.id : undefined));
    expect(sent().map(({ id }) => id)).toEqual(ids);
    expect(ids.map((id) => items.get(String(id))?.tenant)).toEqual(Array(3).fill('a tenant'));
    expect(sent().map(({ payload }) => payload)).toEqual([{ seconds: 1 }, { seconds: 2 }, { seconds: 3 }]);
    expect(response.items[1]).toMatchObject({ replayed: false, job: { tags: ['a'], status: 'queued' } });
  });

  test('has for each job where to find it, and neither result nor history', async () => {
    const [item] = await aBatchFunction().itemsOf([aJob()]);
    const job = item && 'job' in item ? item.job : undefined;
    expect(job?.statusUrl).toBe(`https://api.example.com/jobs/${job?.id}`);
    expect(job?.pageUrl).toContain(`https://api.example.com/ui/jobs/${job?.id}?grant=`);
    expect(job).not.toHaveProperty('result');
    expect(job).not.toHaveProperty('history');
  });

  test('is submitted in part if some of its jobs are not valid: each item says all that is wrong with its job', async () => {
    const { itemsOf, sent } = aBatchFunction();
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
    const { itemsOf, log } = aBatchFunction((call) => {
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
    const { itemsOf, sent } = aBatchFunction();
    await itemsOf([aJob(1), aJob(2)], { traceparent });
    expect(sent().map((message) => message.traceparent)).toEqual([traceparent, traceparent]);
  });

  test('refuses only the job that is larger than a job may be', async () => {
    const { itemsOf } = aBatchFunction();
    const csv = (bytes: number) => ({ type: 'csv-aggregate', payload: { csv: 'x'.repeat(bytes) } });
    const items = await itemsOf([aJob(), csv(256 * 1024)]);
    expect(items).toMatchObject([
      { status: 202 },
      {
        status: 413,
        problem: {
          type: '/problems/too-large',
          detail: 'A job may have 262144 bytes; this one has 262189.',
        },
      },
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
    const { submit, sent } = aBatchFunction();
    expect(await violationsOf(submit(body))).toEqual([{ pointer, detail }]);
    expect(sent()).toEqual([]);
  });

  test('if it has the header for one job', async () => {
    const { itemsOf, sent } = aBatchFunction();
    expect(await violationsOf(itemsOf([aJob()], { 'idempotency-key': '"a"' }))).toEqual([
      {
        pointer: 'Idempotency-Key',
        detail: 'is for one job: give each job of a batch its own idempotencyKey',
      },
    ]);
    expect(sent()).toEqual([]);
  });

  test('if it is no JSON by its content type, or has more than 5 MB', async () => {
    const { itemsOf } = aBatchFunction();
    await expect(itemsOf([aJob()], { 'content-type': 'text/plain' })).rejects.toThrow(
      UnsupportedMediaTypeError,
    );
    await expect(itemsOf(['x'.repeat(5 * 1024 * 1024)])).rejects.toThrow(PayloadTooLargeError);
  });
});
