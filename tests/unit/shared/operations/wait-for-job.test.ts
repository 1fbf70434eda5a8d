import { describe, expect, test } from '@jest/globals';
import type { JobItem } from '../../../../shared/job/item.ts';
import { isTerminal } from '../../../../shared/job/transitions.ts';
import { waitForJob } from '../../../../shared/operations/wait-for-job.ts';
import { FixedClock, t0 } from '../../../../testkit/fakes/fixed.ts';
import { aQueuedItem, aRunningItem } from '../../../set-ups/samples.ts';

const done = aRunningItem({ status: 'succeeded' });

/** Waits for a job that ends after `endsAfterMs`. `reads`: when it was looked at. */
function waiting(endsAfterMs: number, seconds: number) {
  const clock = new FixedClock();
  const reads: number[] = [];
  const read = async (): Promise<JobItem> => {
    const time = clock.now() - t0;
    reads.push(time);
    return time >= endsAfterMs ? done : aQueuedItem();
  };
  let answeredAt: number | undefined;
  const isOver = ({ status }: JobItem) => isTerminal(status);
  const job = waitForJob({ read, isOver, seconds }, clock).finally(() => {
    answeredAt = clock.now() - t0;
  });
  return { clock, reads, job, answeredAt: () => answeredAt };
}

describe('waitForJob', () => {
  test('looks once at a job that is over', async () => {
    const { job, reads } = waiting(0, 25);
    expect(await job).toBe(done);
    expect(reads).toEqual([0]);
  });

  test('looks once if there is no time to wait', async () => {
    const { job, reads } = waiting(10, 0);
    expect((await job).status).toBe('queued');
    expect(reads).toEqual([0]);
  });

  test('looks four times in the first second, and then every 0.8 s', async () => {
    const { clock, job, reads } = waiting(Infinity, 4);
    await clock.advance(4_000);
    expect((await job).status).toBe('queued');
    expect(reads).toEqual([0, 150, 400, 800, 1600, 2400, 3200, 4000]);
  });

  test.each([1, 150, 151, 700, 3_999])('sees an end after %d ms within 0.8 s', async (endsAfterMs) => {
    const { clock, job, answeredAt } = waiting(endsAfterMs, 5);
    await clock.advance(5_000);
    expect(await job).toBe(done);
    expect(Number(answeredAt()) - endsAfterMs).toBeLessThan(800);
  });

  test('looks at the very end of its time, and not after it', async () => {
    const { clock, job, answeredAt } = waiting(1_000, 1);
    await clock.advance(60_000);
    expect(await job).toBe(done);
    expect(answeredAt()).toBe(1_000);
  });

  test('fails as soon as a look fails', async () => {
    const failing = waitForJob(
      { read: () => Promise.reject(new Error('no')), isOver: () => true, seconds: 5 },
      new FixedClock(),
    );
    await expect(failing).rejects.toThrow('no');
  });
});
