import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startEmulators } from '../../local/emulators/emulators.ts';
import type { ChildSystem } from '../../local/system/child-system.ts';
import { type JobResponse, jobResponse } from '../../shared/http/responses/job-response.ts';
import { withProjectCopy } from '../project-copy.ts';
import { startLocalSystem } from '../system/start-system.ts';
import { eventually } from './eventually.ts';
import { startWireProxy } from './wire-proxy.ts';

/**
 * Changes the copy: a CSV that begins with `crash` ends the process of its worker, and so the whole batch. The others run until the
 * first crash, which comes when most of them run.
 */
async function changeHandler(project: string, statement: string): Promise<void> {
  const handler = join(project, 'tests/job-types/csv-sums/handler.ts');
  const source = await readFile(handler, 'utf8');
  const original = '  const sums = job.resume';
  const crash = `  const crashes = csv.startsWith('crash');
  if (!crashes) running += 1;
  while (!existsSync(crashed) && !(crashes && running > 5)) await job.pause(0.05);
  if (crashes) {
    writeFileSync(crashed, '');
    ${statement};
    await new Promise(() => {});
  }
${original}`;
  const before = `import { existsSync, writeFileSync } from 'node:fs';
const crashed = ${JSON.stringify(join(project, 'crashed'))};
let running = 0;
`;
  const edited = before + source.replace(original, crash);
  expect(edited).toContain(`${statement};`);
  await writeFile(handler, edited);
  const contract = join(project, 'tests/job-types/csv-sums/contract.ts');
  const limits = await readFile(contract, 'utf8');
  // With one attempt, a job fails if the crash of another job counts as its own.
  await writeFile(contract, limits.replace('maxAttempts: 3', 'maxAttempts: 1'));
}

const payload = (csv: string) => ({ csv, groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] });

async function submit({ address }: ChildSystem, csv: string): Promise<string> {
  const response = await fetch(`${address}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'csv-sums', payload: payload(csv) }),
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
    const emulators = await startEmulators();
    const queue = await startWireProxy(emulators.sqsEndpoint);
    const endpoints = { ...emulators, sqsEndpoint: queue.endpoint };
    await withProjectCopy(async (project) => {
      await changeHandler(project, statement);
      const system = await startLocalSystem({ project, endpoints, leaseSeconds: 6 });
      try {
        // The messages of a whole batch collect.
        queue.treat = (operation, body) =>
          operation === 'ReceiveMessage' && body.includes('-standard"') ? 'refuse' : 'pass';
        const ids: string[] = [];
        for (const index of Array.from({ length: 10 }).keys())
          ids.push(await submit(system, index === 4 ? 'crash,b\nx,1\n' : 'a,b\nx,1\n'));
        queue.treat = () => 'pass';
        const jobs: JobResponse[] = [];
        for (const id of ids) jobs.push(await finished(system, id));
        const statuses = jobs.map(({ status }) => status);
        expect(statuses.filter((status) => status === 'succeeded')).toHaveLength(9);
        expect(jobs[4]).toMatchObject({ status: 'failed', error: { name: 'AttemptsExhaustedError' } });
        // The jobs were in one batch, because the crash ended the first attempt of most of them.
        const crashed = jobs.filter(({ history }) => history.some(({ event }) => event === 'crashed'));
        expect(crashed.length).toBeGreaterThan(5);
      } finally {
        await system.stop();
      }
    });
    await queue.stop();
    await emulators.stop();
  },
);
