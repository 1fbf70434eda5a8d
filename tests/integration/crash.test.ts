import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startChildSystem } from '../../local/child-system.ts';
import { type JobResponse, jobResponse } from '../../shared/http/job-response.ts';
import { withProjectCopy } from '../project-copy.ts';
import { eventually } from './eventually.ts';

const line = 'void Promise.reject(new Error("nobody awaits this"));';

/** In the copy, the first attempt of every countdown of a second leaves a promise behind that rejects. */
async function forgetPromise(project: string): Promise<void> {
  const file = join(project, 'job-types/countdown/handler.ts');
  const source = await readFile(file, 'utf8');
  const spoiled = source.replace('=> {\n', `=> {\n  if (seconds === 1 && job.attempt === 1) ${line}\n`);
  expect(spoiled).not.toBe(source);
  await writeFile(file, spoiled);
}

/** A call that the crash meets is answered late, or not at all: a client asks again. */
async function look(url: string): Promise<JobResponse | undefined> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  return response?.ok ? jobResponse.parse(await response.json()) : undefined;
}

test('a job that crashes its function is taken over, and neither the API nor other jobs end of it', async () => {
  await withProjectCopy(async (project) => {
    await forgetPromise(project);
    const system = await startChildSystem(AbortSignal.timeout(60_000), { project });
    const finished = (id: string) =>
      eventually(async () => {
        const job = await look(`${system.address}/jobs/${id}`);
        return job?.finishedAt ? job : undefined;
      }, `job ${id} to finish`);
    const submit = async (seconds: number) => {
      const response = await fetch(`${system.address}/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'countdown', payload: { seconds } }),
      });
      return jobResponse.parse(await response.json()).id;
    };
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
