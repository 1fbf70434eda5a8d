import type { Clock } from '../domain/base/ports.ts';
import type { JobItem } from '../domain/state/item.ts';

/** An end is seen within a second. The first looks come sooner: many jobs end at once. */
const pausesMs = [150, 250, 400];
const laterPauseMs = 800;

interface Waiting {
  /** Reads the job. */
  readonly read: () => Promise<JobItem>;
  /** Whether there is nothing more to wait for. */
  readonly isOver: (job: JobItem) => boolean;
  readonly seconds: number;
}

/**
 * Looks at a job again and again until there is nothing more to wait for, or the time is over: at most 4 reads in the
 * first second, and five every four seconds after that.
 * @returns the job as it is then
 * @throws whatever `read` throws
 */
export async function waitForJob({ read, isOver, seconds }: Waiting, clock: Clock): Promise<JobItem> {
  const until = clock.now() + seconds * 1000;
  for (let reads = 0; ; reads += 1) {
    const job = await read();
    const left = until - clock.now();
    if (isOver(job) || left <= 0) return job;
    await clock.sleep(Math.min(left, pausesMs[reads] ?? laterPauseMs));
  }
}
