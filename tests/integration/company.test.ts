import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type ChildSystem, startChildSystem } from '../../local/child-system.ts';
import { type JobResponse, jobResponse } from '../../shared/http/job-response.ts';
import { withProjectCopy } from '../project-copy.ts';
import { eventually } from './eventually.ts';

/** Changes the copy: a CSV that begins with `crash` ends the process of its worker, and so the whole batch. */
async function changeHandler(project: string, statement: string): Promise<void> {
  const handler = join(project, 'job-types/csv-aggregate/handler.ts');
  const source = await readFile(handler, 'utf8');
  const original = '    return continueAggregate(';
  const crash = `    if (csv.startsWith('crash')) ${statement};
    await new Promise((resolve) => setTimeout(resolve, 500));
${original}`;
  const edited = source.replace('(payload, job) => {', 'async (payload, job) => {').replace(original, crash);
  expect(edited).toContain(`${statement};`);
  expect(edited).toContain('async (payload, job)');
  await writeFile(handler, edited);
  const contract = join(project, 'job-types/csv-aggregate/contract.ts');
  const limits = await readFile(contract, 'utf8');
  // With one attempt, a job fails if the crash of another job counts as its own.
  await writeFile(contract, limits.replace('maxAttempts: 3', 'maxAttempts: 1'));
}

/** Enables or disables the worker's event source. While it is disabled, the messages of a whole batch collect. */
async function enableWorker(project: string, enabled: boolean): Promise<void> {
  const file = join(project, 'serverless.yml');
  const source = 'arn: !GetAtt StandardQueue.Arn\n';
  const text = (await readFile(file, 'utf8')).replace(/ {10}enabled: false\n/g, '');
  await writeFile(file, enabled ? text : text.replace(source, `${source}          enabled: false\n`));
}

const payload = (csv: string) => ({ csv, groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] });

async function submit({ address }: ChildSystem, csv: string): Promise<string> {
  const response = await fetch(`${address}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'csv-aggregate', payload: payload(csv) }),
  });
  return jobResponse.parse(await response.json()).id;
}

const finished = ({ address }: ChildSystem, id: string): Promise<JobResponse> =>
  eventually(async () => {
    const response = await fetch(`${address}/jobs/${id}`, { signal: AbortSignal.timeout(5_000) }).catch(
      () => undefined,
    );
    const job = response?.ok ? jobResponse.parse(await response.json()) : undefined;
    return job?.finishedAt ? job : undefined;
  }, `job ${id} to finish`);

// Each waits for leases most of the time.
test.concurrent.each(["void Promise.reject(new Error('crash'))", 'process.exit(1)'])(
  'a job that ends its process with %p fails, and the nine other jobs of its batch succeed with a single attempt each',
  async (statement) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'job-worker-company-'));
    await withProjectCopy(async (project) => {
      await changeHandler(project, statement);
      await enableWorker(project, false);
      const first = await startChildSystem(AbortSignal.timeout(60_000), { project, dataDir });
      const ids: string[] = [];
      for (const index of Array.from({ length: 10 }).keys())
        ids.push(await submit(first, index === 4 ? 'crash,b\nx,1\n' : 'a,b\nx,1\n'));
      await first.stop();

      await enableWorker(project, true);
      const second = await startChildSystem(AbortSignal.timeout(60_000), { project, dataDir });
      try {
        const jobs = await Promise.all(ids.map((id) => finished(second, id)));
        const statuses = jobs.map(({ status }) => status);
        expect(statuses.filter((status) => status === 'succeeded')).toHaveLength(9);
        expect(jobs[4]).toMatchObject({ status: 'failed', error: { name: 'AttemptsExhaustedError' } });
        // The jobs were in one batch, because the crash ended the first attempt of most of them.
        const crashed = jobs.filter(({ history }) => history.some(({ event }) => event === 'crashed'));
        expect(crashed.length).toBeGreaterThan(5);
      } finally {
        await second.stop();
      }
    });
    await rm(dataDir, { recursive: true, force: true });
  },
);
