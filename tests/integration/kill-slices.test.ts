import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { callForAll, finished, readJob, start, submit } from './killed-system.ts';

test('ten long jobs that run in slices succeed after two SIGKILLs, with the right count', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
  const seconds = 18;
  const first = await start(dataDir, 4);
  let system = first;
  const jobs = await callForAll(Array.from({ length: 10 }), () => submit(first, { seconds }));
  for (let kills = 0; kills < 2; kills += 1) {
    // Each start has run something, and something runs.
    const reading = system;
    await eventually(async () => {
      const now = await callForAll(jobs, ({ id }) => readJob(reading, id));
      return now.some(({ slices }) => slices > kills) || undefined;
    }, 'slices to end');
    await system.kill();
    system = await start(dataDir, 4);
  }
  for (const { id } of jobs) {
    const job = await finished(system, id);
    expect(job).toMatchObject({ status: 'succeeded', result: { seconds }, progress: { percent: 100 } });
    expect(job.slices).toBeGreaterThanOrEqual(5);
    expect(job.history.filter(({ event }) => event === 'succeeded')).toHaveLength(1);
  }
  await system.stop();
  await rm(dataDir, { recursive: true });
});
