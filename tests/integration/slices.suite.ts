import { beforeAll, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import type { System } from './system.ts';

let system: System;

export function describeSlices(running: () => System): void {
  const hold = useHolds();
  beforeAll(() => {
    system = running();
    system.longSeconds = 8;
    system.start();
  });

  test('a job that is longer than the timeout of its function is handed over from slice to slice, with the right count', async () => {
    const startedAt = Date.now();
    const { id } = await system.submit('counting', { seconds: 18 });
    const job = await system.finished(id);
    expect(job).toMatchObject({
      status: 'succeeded',
      attempt: 1,
      result: { seconds: 18 },
      progress: { percent: 100 },
    });
    expect(job.slices).toBeGreaterThanOrEqual(3);
    expect(job.history.map(({ event }) => event)).toEqual(['started', 'handed-over', 'started', 'succeeded']);
    // The job counted each second, and each once: a slice that began anew would never get to the last.
    expect(Date.now() - startedAt).toBeGreaterThan(17_500);
    await system.drained('long');
  });

  test('the message of a long job is hidden for a lease at once, and not for the timeout of its queue', async () => {
    const hidden: unknown[] = [];
    system.queue.treat = (operation, body) => {
      if (operation === 'ChangeMessageVisibility') hidden.push(JSON.parse(body).VisibilityTimeout);
      return 'pass';
    };
    const { id } = await system.submit('counting', { seconds: 0 });
    await system.finished(id);
    system.queue.reset();
    // LEASE_SECONDS of these tests is 4.
    expect(hidden).toEqual([5]);
  });

  test('a canceled long job that is retried continues from its checkpoint', async () => {
    // An attempt that begins without a checkpoint fails, at first.
    const { heldBy, release } = hold();
    const { id } = await system.submit('counting', { seconds: 3, failFirst: 1, heldBy });
    await eventually(async () => (await system.get(id)).slices >= 1 || undefined, 'a slice to end');
    await system.call('POST', `/jobs/${id}/cancel`);
    const canceled = await system.finished(id);
    await release();
    expect(canceled.status).toBe('canceled');
    expect(canceled.history.map(({ event }) => event)).toContain('retrying');
    await system.call('POST', `/jobs/${id}/retry`);
    const job = await system.finished(id);
    expect(job).toMatchObject({ status: 'succeeded', result: { seconds: 3 } });
    const events = job.history.map(({ event }) => event);
    expect(events.slice(events.indexOf('resubmitted'))).not.toContain('retrying');
  });
}
