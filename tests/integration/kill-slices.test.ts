import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { callForAll, finished, start, submit } from './killed-system.ts';

test('ten long jobs that run in slices succeed after two SIGKILLs, with the right count', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
  const seconds = 18;
  const first = await start(dataDir, 4);
  let system = first;
  const jobs = await callForAll(Array.from({ length: 10 }), () => submit(first, { seconds }));
  for (let kills = 0; kills < 2; kills += 1) {
    await setTimeout(6_000);
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
