import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ longSeconds: 4 });
  system.start();
});
afterAll(() => system.stop());

test('a job that is longer than the timeout of its function is handed over from slice to slice, with the right count', async () => {
  const startedAt = Date.now();
  const { id } = await system.submit('countdown', { seconds: 9 });
  const job = await system.finished(id);
  expect(job).toMatchObject({
    status: 'succeeded',
    attempt: 1,
    result: { seconds: 9 },
    progress: { percent: 100 },
  });
  expect(job.slices).toBeGreaterThanOrEqual(3);
  expect(job.history.map(({ event }) => event)).toEqual(['started', 'handed-over', 'started', 'succeeded']);
  // The job counted each second once. The hand-overs took additional time.
  expect(Date.now() - startedAt).toBeGreaterThan(8_500);
  expect(Date.now() - startedAt).toBeLessThan(25_000);
  await system.drained('long');
});

test('a canceled long job that is retried continues from its checkpoint', async () => {
  const { id } = await system.submit('countdown', { seconds: 12 });
  for (;;) if ((await system.get(id)).slices >= 1) break;
  await system.call('POST', `/jobs/${id}/cancel`);
  const canceled = await system.finished(id);
  expect(canceled.status).toBe('canceled');
  const retriedAt = Date.now();
  await system.call('POST', `/jobs/${id}/retry`);
  const job = await system.finished(id);
  expect(job).toMatchObject({ status: 'succeeded', result: { seconds: 12 } });
  expect(Date.now() - retriedAt).toBeLessThan(12_000);
});
