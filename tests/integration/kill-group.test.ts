import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { JobResponse } from '../../shared/http/responses/job-response.ts';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import { callForAll, finished, readJob, start, submit } from './killed-system.ts';
import { expectOneAfterTheOther, expectOneEnd } from './times.ts';

const hold = useHolds();

test('a group keeps its order after a SIGKILL, and a dependent of its last job runs after it', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
  const first = await start(dataDir);
  const group: JobResponse[] = [];
  const { heldBy, release } = hold();
  for (let index = 0; index < 10; index += 1) {
    const more = { ...(index === 4 ? { failFirst: 1 } : {}), ...(index === 5 ? { heldBy } : {}) };
    group.push(await submit(first, { seconds: 1, ...more }, { group: 'g' }));
  }
  const dependsOn = group.slice(-1).map(({ id }) => id);
  const dependent = await submit(first, { seconds: 0 }, { dependsOn });
  const delayed = await submit(first, { seconds: 0 }, { delaySeconds: 5 });
  await eventually(async () => {
    const current = await callForAll(group, ({ id }) => readJob(first, id));
    const statuses = current.map(({ status }) => status).slice(2);
    return (statuses.includes('running') && statuses.includes('queued')) || undefined;
  }, 'the middle of the group to run');
  await first.kill();
  await release();

  const second = await start(dataDir);
  const jobs: JobResponse[] = [];
  for (const { id } of [...group, dependent, delayed]) jobs.push(await finished(second, id));
  for (const job of jobs) expectOneEnd(job);
  expect(jobs.map(({ status }) => status)).toEqual(jobs.map(() => 'succeeded'));
  expectOneAfterTheOther(jobs.slice(0, -1));
  await second.stop();
  await rm(dataDir, { recursive: true });
});
