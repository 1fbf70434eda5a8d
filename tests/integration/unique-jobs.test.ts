import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { batchResponse } from '../../shared/http/batch-request.ts';
import { jobResponse } from '../../shared/http/job-response.ts';
import { startCopiedSystem } from '../system/start-system.ts';

/** Changes the copy: of the jobs that take as many seconds one is in each window of 30 days. */
async function makeUnique(project: string): Promise<void> {
  const contract = join(project, 'tests/job-types/counting/contract.ts');
  const source = await readFile(contract, 'utf8');
  const rule = '  unique: { key: ({ seconds }) => String(seconds), withinSeconds: 30 * 86_400 },\n';
  const edited = source.replace('  maxAttempts: 5,\n', `${rule}  maxAttempts: 5,\n`);
  expect(edited).toContain(rule);
  await writeFile(contract, edited);
}

let system: Awaited<ReturnType<typeof startCopiedSystem>>;
beforeAll(async () => {
  system = await startCopiedSystem(makeUnique, {});
});
afterAll(() => system.stop());

const json = { 'content-type': 'application/json' };
const job = (seconds: number, failFirst?: number) => ({ type: 'counting', payload: { seconds, failFirst } });

async function submit(body: unknown, headers = {}) {
  const response = await fetch(`${system.address}/jobs`, {
    ...{ method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) },
  });
  const { status } = response;
  const { id } = status === 202 ? jobResponse.parse(await response.json()) : { id: undefined };
  return { status, id, isReplayed: response.headers.get('idempotent-replayed') === 'true' };
}

test('a unique job is the answer to each submission with its key, alone and in a batch', async () => {
  const { id, isReplayed } = await submit(job(0));
  expect(isReplayed).toBe(false);
  expect(await submit(job(0, 0))).toEqual({ status: 202, id, isReplayed: true });
  const key = { 'idempotency-key': '"a key"' };
  expect(await submit(job(0), key)).toEqual({ status: 202, id, isReplayed: true });
  expect(await submit(job(1), key)).toMatchObject({ status: 422 });
  const response = await fetch(`${system.address}/jobs/batch`, {
    ...{ method: 'POST', headers: json, body: JSON.stringify({ jobs: [job(0, 0), job(1), job(1, 0)] }) },
  });
  const [one, first, second] = batchResponse.parse(await response.json()).items;
  expect(one).toMatchObject({ status: 202, replayed: true, job: { id } });
  const other = first && 'job' in first ? first.job.id : undefined;
  expect(first).toMatchObject({ replayed: false });
  expect(second).toMatchObject({ replayed: true, job: { id: other } });
  expect(other).not.toBe(id);
});

test('the catalog says that the type is unique', async () => {
  const response = await fetch(`${system.address}/job-types/counting`);
  const { unique } = z.object({ unique: z.unknown() }).parse(await response.json());
  expect(unique).toEqual({ withinSeconds: 30 * 86_400 });
});
