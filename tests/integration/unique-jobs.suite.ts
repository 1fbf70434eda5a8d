import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { submitAllResponse } from '../../shared/http/responses/submit-all-response.ts';
import type { JobctlSystem } from './jobctl-system.ts';

const withinSeconds = 30 * 86_400;

/** Changes a copy of the project: of the contact sheets of a tenant with one count one is in each window. */
export async function makeContactSheetsUnique(project: string): Promise<void> {
  const contract = join(project, 'tests/job-types/contact-sheet/contract.ts');
  const source = await readFile(contract, 'utf8');
  const rule = `  unique: { key: ({ count }) => String(count), withinSeconds: ${withinSeconds} },\n`;
  const edited = source.replace('  hasSteps: true,\n', `${rule}  hasSteps: true,\n`);
  expect(edited).toContain(rule);
  await writeFile(contract, edited);
}

/** None of them is to run. */
const sheet = (count: number, type?: string) => ({
  ...{ type: 'contact-sheet', payload: { count, type }, delaySeconds: 86_400 },
});

export function describeUniqueJobs(running: () => JobctlSystem): void {
  const ask = (
    method: string,
    path: string,
    { headers = {}, body }: { headers?: object; body?: unknown } = {},
  ) => {
    const { address, env } = running();
    return fetch(`${address}${path}`, {
      method,
      headers: { authorization: `Bearer ${env.JOB_KEY}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  };
  const submit = async (body: unknown, headers = {}) => {
    const response = await ask('POST', '/jobs', { headers, body });
    const { status } = response;
    const { id } = status === 202 ? jobResponse.parse(await response.json()) : { id: undefined };
    return { status, id, isReplayed: response.headers.get('idempotent-replayed') === 'true' };
  };

  test('a unique job is the answer to each submission with its key, alone and in a batch', async () => {
    const { id, isReplayed } = await submit(sheet(7));
    expect(isReplayed).toBe(false);
    expect(await submit(sheet(7, 'counting'))).toEqual({ status: 202, id, isReplayed: true });
    const key = { 'idempotency-key': '"a key"' };
    expect(await submit(sheet(7), key)).toEqual({ status: 202, id, isReplayed: true });
    expect(await submit(sheet(8), key)).toMatchObject({ status: 422 });
    const jobs = [sheet(7, 'counting'), sheet(8), sheet(8, 'counting')];
    const response = await ask('POST', '/jobs/batch', { body: { jobs } });
    const [one, first, second] = submitAllResponse.parse(await response.json()).items;
    expect(one).toMatchObject({ status: 202, replayed: true, job: { id } });
    const other = first && 'job' in first ? first.job.id : undefined;
    expect(first).toMatchObject({ replayed: false });
    expect(second).toMatchObject({ replayed: true, job: { id: other } });
    expect(other).not.toBe(id);
  });

  test('the catalog says that the type is unique', async () => {
    const response = await ask('GET', '/job-types/contact-sheet');
    const { unique } = z.object({ unique: z.unknown() }).parse(await response.json());
    expect(unique).toEqual({ withinSeconds });
  });
}
