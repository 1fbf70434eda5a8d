import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { eventually } from './eventually.ts';
import type { JobctlSystem } from './jobctl-system.ts';

const type = 'csv-sums-once';

/** Adds a debounced type to a copy of the project. */
export async function addDebouncedType(project: string): Promise<void> {
  const edit = async (file: string, [before, after]: readonly [string, string]) => {
    const path = join(project, 'tests/job-types', file);
    const edited = (await readFile(path, 'utf8')).replace(before, after);
    expect(edited).toContain(after);
    await writeFile(path, edited);
  };
  const debounce = '{ key: ({ groupBy }) => groupBy, delaySeconds: 3, maxDelaySeconds: 30 }';
  const contract = `  '${type}': { ...csvSums, debounce: ${debounce} } as typeof csvSums,\n`;
  await edit('contracts.ts', ["  'render-report'", `${contract}  'render-report'`]);
  await edit('handlers/standard.ts', ['\n};', `\n  '${type}': csvSums,\n};`]);
}

export function describeDebouncedJobs(running: () => JobctlSystem): void {
  const ask = async (method: string, path: string, body?: unknown) => {
    const { address, env } = running();
    const headers = { authorization: `Bearer ${env.JOB_KEY}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${address}${path}`, { method, headers, ...sent });
    expect(response.ok).toBe(true);
    return jobResponse.parse(await response.json());
  };
  const submit = (value: number) =>
    ask('POST', '/jobs', {
      type,
      payload: { csv: `a,b\nx,${value}\n`, groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] },
    });

  test('of the submissions of a debounced job the last payload runs, and the next one is another job', async () => {
    // On a busy machine the second one may come after the delay of the first: then another pair comes.
    const { id, waitReason } = await eventually(async () => {
      const first = await submit(1);
      expect(first).toMatchObject({ status: 'waiting' });
      const second = await submit(2);
      return second.id === first.id ? second : undefined;
    }, 'two submissions for one job');
    expect(waitReason).toContain('more submissions: 2 came');
    const ended = await eventually(async () => {
      const job = await ask('GET', `/jobs/${id}`);
      return job.finishedAt === null ? undefined : job;
    }, 'the debounced job');
    expect(ended).toMatchObject({ status: 'succeeded', result: { groups: [{ key: 'x', values: [2] }] } });
    expect((await submit(3)).id).not.toBe(id);
  });
}
