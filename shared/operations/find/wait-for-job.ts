import type { Clock } from '../../domain/base/ports.ts';
import type { JobItem } from '../../domain/state/job/item.ts';

/** An end is seen within a second. The first looks come sooner: many jobs end at once. */
const pausesMs = [150, 250, 400];
const laterPauseMs = 800;

interface Waiting {
  /** Reads the job. */
  readonly read: () => Promise<JobItem>;
  /** Whether there is nothing more to wait for. */
  readonly isOver: (job: JobItem) => boolean;
  readonly seconds: number;
  /**
   * Lets the wait in, if the first look has not ended it. @returns what says that the wait is over, if somebody is to
   * know
   */
  readonly enter: () => Promise<(() => Promise<void>) | undefined>;
}

/**
 * Looks at a job again and again until there is nothing more to wait for, or the time is over: at most 4 reads in the
 * first second, and five every four seconds after that.
 * @returns the job as it is then
 * @throws whatever `read` and `enter` throw
 */
export async function waitForJob({ read, isOver, seconds, enter }: Waiting, clock: Clock): Promise<JobItem> {
  const until = clock.now() + seconds * 1000;
  let leave: (() => Promise<void>) | undefined;
  try {
    for (let reads = 0; ; reads += 1) {
      const job = await read();
      const left = until - clock.now();
      if (isOver(job) || left <= 0) return job;
      if (reads === 0) leave = await enter();
      await clock.sleep(Math.min(left, pausesMs[reads] ?? laterPauseMs));
    }
  } finally {
    await leave?.();
  }
}
