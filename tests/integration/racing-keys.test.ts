import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jobResponse } from '../../shared/http/job-response.ts';
import { type System, startSystem } from './system.ts';
import { expectOneEnd } from './times.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
  system.start();
});
afterAll(() => system.stop());

/** Sends 50 submissions at once, under one key. */
const race = (key: string, secondsOf: (index: number) => number) =>
  Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const body = JSON.stringify({ type: 'countdown', payload: { seconds: secondsOf(index) }, tags: [key] });
      const answer = await system.call('POST', '/jobs', { body, headers: { 'idempotency-key': key } });
      return { ...answer, seconds: secondsOf(index) };
    }),
  );

async function itemsWith(tag: string): Promise<readonly unknown[]> {
  const { Items = [] } = await system.aws.dynamoDb.send(new ScanCommand({ TableName: system.aws.tableName }));
  return Items.filter(({ tags }) => tags?.L?.some(({ S }) => S === tag));
}

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
