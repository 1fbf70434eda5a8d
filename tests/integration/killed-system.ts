import { afterAll, expect } from '@jest/globals';
import type { ChildSystem } from '../../local/system/child-system.ts';
import type { SubmitRequest } from '../../shared/http/requests/submit-request.ts';
import { type JobResponse, jobResponse } from '../../shared/http/responses/job-response.ts';
import { startLocalSystem } from '../system/start-system.ts';
import { eventually } from './eventually.ts';

const running: ChildSystem[] = [];
afterAll(() => Promise.all(running.map((system) => system.stop())));

/** Starts a system that can be killed, and is stopped after the tests of the file. */
export async function start(dataDir: string, longWorkerTimeout?: number): Promise<ChildSystem> {
  const system = await startLocalSystem({
    dataDir,
    ...(longWorkerTimeout ? { longWorkerTimeout } : {}),
  });
  running.push(system);
  return system;
}

export async function submit(
  { address }: ChildSystem,
  payload: unknown,
  options: Partial<SubmitRequest> = {},
): Promise<JobResponse> {
  const response = await fetch(`${address}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...options, type: 'counting', payload }),
  });
  const answer: unknown = await response.json();
  expect({ status: response.status, answer }).toMatchObject({ status: 202 });
  return jobResponse.parse(answer);
}

/** Makes five calls at a time. On this machine every concurrent call would be another cold start. */
export async function callForAll<Each, Result>(
  values: readonly Each[],
  call: (each: Each) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < values.length; from += 5)
    results.push(...(await Promise.all(values.slice(from, from + 5).map(call))));
  return results;
}

export const finished = (system: ChildSystem, id: string): Promise<JobResponse> =>
  eventually(async () => {
    const job = await readJob(system, id);
    return job.finishedAt ? job : undefined;
  }, `job ${id} to finish`);

/** Reads a job. A cold start may take longer than the function's timeout, and a client retries the call. */
export async function readJob(
  { address, output }: Pick<ChildSystem, 'address' | 'output'>,
  id: string,
): Promise<JobResponse> {
  const refused: string[] = [];
  const read = async () => {
    const response = await fetch(`${address}/jobs/${id}`);
    const text = await response.text();
    if (response.ok) return jobResponse.parse(JSON.parse(text));
    refused.push(`${new Date().toISOString()} ${response.status} ${text}`);
    return undefined;
  };
  try {
    return await eventually(read, `job ${id} to be shown`);
  } catch (error) {
    throw new Error(`${refused.join('\n')}\n${output()}`, { cause: error });
  }
}
