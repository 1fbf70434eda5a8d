import { describe, expect, test } from '@jest/globals';
import type { JobContext } from '../../../../shared/job/handler.ts';
import type { FixedClock } from '../../../fakes/fixed.ts';
import type { AllHandlers } from '../../../fakes/handlers.ts';
import { spiedWorker } from '../../../fakes/worker.ts';

type Job = JobContext<{ passed: number }>;
type Branch = (job: Job, clock: FixedClock, note: (what: string) => void) => Promise<unknown>;

/** Runs a job that leaves a branch running, and lets time pass until it would have done forty steps. */
async function leaving(branch: Branch, end: () => Promise<{ seconds: number }>) {
  const noted: string[] = [];
  let job: Job | undefined;
  const countdown: AllHandlers['countdown'] = async (_payload, context) => {
    job = context;
    const left = branch(context, worker.clock, (what) => noted.push(what));
    return (await Promise.all([end(), Promise.race([left, worker.clock.sleep(0)])]))[0];
  };
  const worker = spiedWorker({ countdown });
  const processing = worker.process();
  await worker.clock.advance(0);
  await processing;
  const callsAtTheEnd = worker.calls.length;
  await worker.clock.advance(40_000);
  const callsAfter = worker.calls.slice(callsAtTheEnd);
  return { noted, callsAfter, stored: worker.stored(), signal: job?.signal };
}

const failing = () => Promise.reject(new Error('another branch fails'));
const succeeding = async () => ({ seconds: 0 });

const stepping =
  (step: (job: Job, passed: number) => Promise<unknown>): Branch =>
  async (job, clock, note) => {
    for (let passed = 1; passed <= 40; passed += 1) {
      await clock.sleep(500);
      await step(job, passed).then(
        () => note('went on'),
        (error: Error) => note(error.name),
      );
    }
  };

describe('what an attempt leaves running', () => {
  test.each([
    ['saves', (job: Job, passed: number) => job.checkpoint({ passed })],
    ['pauses', (job: Job) => job.pause(0)],
    ['sleeps', (job: Job) => job.sleep(60, { passed: 1 })],
  ])('stops where it %s next, and writes nothing', async (_what, step) => {
    for (const end of [failing, succeeding]) {
      const { noted, callsAfter, stored } = await leaving(stepping(step), end);
      expect(noted).toEqual([]);
      expect(callsAfter).toEqual([]);
      expect(stored).not.toHaveProperty('checkpoint');
    }
  });

  test.each([failing, succeeding])(
    'has no signal: what it has under way may reject, which nobody would handle, and end the process',
    async (end) => {
      const { signal } = await leaving(async () => {}, end);
      expect(signal?.aborted).toBe(false);
    },
  );
});
