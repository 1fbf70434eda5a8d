import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type JobResponse, jobResponse } from '../../shared/http/responses/job-response.ts';
import { withProjectCopy } from '../project-copy.ts';
import { startLocalSystem } from '../system/start-system.ts';
import { eventually } from './eventually.ts';

const rejection = 'void Promise.reject(new Error("nobody awaits this"));';

/** Changes the copy: the first attempt of every counting of one second leaves a rejected promise without an await. */
async function addRejection(project: string): Promise<void> {
  const file = join(project, 'tests/job-types/counting/handler.ts');
  const source = await readFile(file, 'utf8');
  const changed = source.replace('=> {\n', `=> {\n  if (seconds === 1 && job.attempt === 1) ${rejection}\n`);
  expect(changed).not.toBe(source);
  await writeFile(file, changed);
}

/** Reads a job. During the crash, a call may be answered late or not at all, and a client retries it. */
async function readJob(url: string): Promise<JobResponse | undefined> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  return response?.ok ? jobResponse.parse(await response.json()) : undefined;
}

test('a job that crashes its function is taken over, and the API and the other jobs continue', async () => {
  await withProjectCopy(async (project) => {
    await addRejection(project);
    const system = await startLocalSystem({ project });
    const finished = (id: string) =>
      eventually(async () => {
        const job = await readJob(`${system.address}/jobs/${id}`);
        return job?.finishedAt ? job : undefined;
      }, `job ${id} to finish`);
    const submit = (seconds: number) =>
      eventually(async () => {
        const response = await fetch(`${system.address}/jobs`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': `of-${seconds}-seconds` },
          body: JSON.stringify({ type: 'counting', payload: { seconds } }),
        });
        // On a busy machine the emulator may be too slow for the SDK. A client retries a 503.
        return response.status === 503 ? undefined : jobResponse.parse(await response.json()).id;
      }, 'a submission to be accepted');
    try {
      const ids = [await submit(4), await submit(1), await submit(0)];
      const jobs = await Promise.all(ids.map(finished));
      expect(jobs.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
      expect(jobs[1]?.history.map(({ event }) => event)).toEqual([
        'started',
        'crashed',
        'started',
        'succeeded',
      ]);
    } finally {
      await system.stop();
    }
  });
});
