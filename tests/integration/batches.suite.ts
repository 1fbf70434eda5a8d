import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { clientSettings } from '../../shared/aws/clients/clients.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { submitAllResponse } from '../../shared/http/responses/submit-all-response.ts';
import type { System } from './system.ts';
import { expectOneEnd } from './times.ts';

let system: System;

const counting = { type: 'counting', payload: { seconds: 0 } };

async function submit(jobs: readonly unknown[]) {
  const answer = await system.call('POST', '/jobs/batch', { body: JSON.stringify({ jobs }) });
  expect(answer).toMatchObject({ status: 200 });
  return submitAllResponse.parse(JSON.parse(answer.body)).items;
}

const jobOf = (item: Awaited<ReturnType<typeof submit>>[number] | undefined) =>
  item && 'job' in item ? item.job : undefined;

export function describeBatches(running: () => System): void {
  beforeAll(() => {
    system = running();
    system.start();
  });

  beforeEach(() => {
    system.queue.operations.length = 0;
  });

  test('each of the 100 jobs of a batch is accepted, in their order, and succeeds', async () => {
    const all = Array.from({ length: 100 }, (_, index) => ({
      ...counting,
      tags: [`number ${index}`],
      idempotencyKey: `one of a hundred: ${index}`,
    }));
    const sent: string[] = [];
    system.queue.treat = (operation, body) => {
      if (operation === 'SendMessage') sent.push(body);
      return 'pass';
    };
    const startedAt = performance.now();
    let items = await submit(all);
    // On a busy machine the emulator may be too slow for the SDK. A client repeats what a 503 answered.
    while (items.some(({ status }) => status === 503)) items = await submit(all);
    const tookMs = performance.now() - startedAt;
    system.queue.reset();
    expect(items.map(({ status }) => status)).toEqual(items.map(() => 202));
    expect(items.map((item) => jobOf(item)?.tags)).toEqual(items.map((_, index) => [`number ${index}`]));
    await system.drained('long');
    const jobs = await Promise.all(items.map((item) => system.finished(jobOf(item)?.id ?? '')));
    expect(jobs.map(({ status }) => status)).toEqual(jobs.map(() => 'succeeded'));
    const ids = new Set(jobs.map(({ id }) => id));
    expect(ids.size).toBe(100);
    expect(new Set(sent.map((body) => [...ids].find((id) => body.includes(id))))).toEqual(ids);
    // Before its shortest time-out the SDK repeats no call.
    if (tookMs < clientSettings.requestHandler.connectionTimeout) expect(sent).toHaveLength(100);
  });

  test('of two requests under one key the first is the job, and the second is answered with 422', async () => {
    const [first, second, again] = await submit([
      { ...counting, idempotencyKey: 'order-1' },
      { ...counting, payload: { seconds: 1 }, idempotencyKey: 'order-1' },
      { ...counting, idempotencyKey: 'order-1' },
    ]);
    expect(first).toMatchObject({ status: 202, replayed: false });
    expect(second).toMatchObject({
      status: 422,
      problem: { type: '/problems/key-reused', status: 422, instance: '/jobs/batch#/jobs/1' },
    });
    expect(again).toMatchObject({ status: 202, replayed: true, job: { id: jobOf(first)?.id } });
    expect(await system.finished(jobOf(first)?.id ?? '')).toMatchObject({ result: { seconds: 0 } });
  });

  test('a key of a batch is the key of a single submission', async () => {
    const [item] = await submit([{ ...counting, idempotencyKey: 'order-2' }]);
    const { id } = await system.request(counting as never, { 'idempotency-key': '"order-2"' });
    expect(id).toBe(jobOf(item)?.id);
  });

  test('what is wrong with one job does not hold up the others, and all of it is named', async () => {
    const items = await submit([
      counting,
      { type: 'counting', payload: { seconds: -1 }, idempotencyKey: '' },
      'no job',
      { ...counting, payload: { seconds: 0, csv: 'x'.repeat(256 * 1024) } },
      counting,
    ]);
    expect(items.map(({ status }) => status)).toEqual([202, 400, 400, 413, 202]);
    expect(items[1]).toMatchObject({
      problem: { errors: [{ pointer: '/payload/seconds' }, { pointer: '/idempotencyKey' }] },
    });
  });

  test.each([
    ['no job', { jobs: [] }, '/jobs'],
    ['101 jobs', { jobs: Array.from({ length: 101 }, () => counting) }, '/jobs'],
    ['another key', { jobs: [counting], job: 1 }, '/job'],
  ])('a batch of %s is refused as a whole, and sends nothing', async (_what, body, pointer) => {
    const answer = await system.call('POST', '/jobs/batch', { body: JSON.stringify(body) });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ errors: [{ pointer }] });
    expect(system.queue.operations).not.toContain('SendMessage');
  });

  test('a batch with an Idempotency-Key is refused: it would be for one job', async () => {
    const headers = { 'idempotency-key': '"a"' };
    const body = JSON.stringify({ jobs: [counting] });
    const answer = await system.call('POST', '/jobs/batch', { body, headers });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ errors: [{ pointer: 'Idempotency-Key' }] });
  });
}

/** Sends 50 submissions at once, under one key. */
const race = (key: string, secondsOf: (index: number) => number) =>
  Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const body = JSON.stringify({ type: 'counting', payload: { seconds: secondsOf(index) }, tags: [key] });
      const submit = () => system.call('POST', '/jobs', { body, headers: { 'idempotency-key': key } });
      let answer = await submit();
      // On a busy machine the emulator may be too slow for the SDK. A client retries a 503.
      while (answer.status === 503) answer = await submit();
      return { ...answer, seconds: secondsOf(index) };
    }),
  );

async function itemsWith(tag: string): Promise<readonly unknown[]> {
  const { Items = [] } = await system.aws.dynamoDb.send(new ScanCommand({ TableName: system.aws.tableName }));
  return Items.filter(({ tags }) => tags?.L?.some(({ S }) => S === tag));
}

export function describeRacingKeys(running: () => System): void {
  beforeAll(() => {
    system = running();
    system.start();
  });

  test('50 equal submissions at once are one job, and get the same answer', async () => {
    const answers = await race('equal', () => 0);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const ids = new Set(answers.map(({ body }) => jobResponse.parse(JSON.parse(body)).id));
    expect(ids.size).toBe(1);
    expect(await itemsWith('equal')).toHaveLength(1);
    const job = await system.finished([...ids].join());
    expectOneEnd(job);
    await system.drained('long');
    expect(await system.get(job.id)).toEqual(job);
  });

  test('of 50 submissions of two kinds at once one is the job, and the other kind is answered with 422', async () => {
    const answers = await race('different', (index) => index % 2);
    const accepted = answers.filter(({ status }) => status === 202);
    const refused = answers.filter(({ status }) => status === 422);
    expect([accepted.length, refused.length]).toEqual([25, 25]);
    const ids = new Set(accepted.map(({ body }) => jobResponse.parse(JSON.parse(body)).id));
    const [winner] = accepted;
    expect(ids.size).toBe(1);
    expect(await itemsWith('different')).toHaveLength(1);
    const job = await system.finished([...ids].join());
    expect(job).toMatchObject({ status: 'succeeded', result: { seconds: winner?.seconds } });
    expectOneEnd(job);
  });
}
