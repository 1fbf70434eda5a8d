import { describe, expect, test } from '@jest/globals';
import type { JobContext } from '../../../../shared/job/handler.ts';
import type { FixedClock } from '../../../../testkit/fakes/fixed.ts';
import type { AllHandlers } from '../../../set-ups/handlers.ts';
import { spiedWorker } from '../../../set-ups/worker.ts';

type Job = JobContext<{ passed: number }>;
type Branch = (job: Job, clock: FixedClock, record: (what: string) => void) => Promise<unknown>;

/** Runs a job that leaves a branch running when it ends, and advances the clock past the branch's forty steps. */
async function runWithLeftover(branch: Branch, end: () => Promise<{ seconds: number }>) {
  const recorded: string[] = [];
  let job: Job | undefined;
  const countdown: AllHandlers['countdown'] = async (_payload, context) => {
    job = context;
    const leftover = branch(context, worker.clock, (what) => recorded.push(what));
    return (await Promise.all([end(), Promise.race([leftover, worker.clock.sleep(0)])]))[0];
  };
  const worker = spiedWorker({ countdown });
  const processing = worker.process();
  await worker.clock.advance(0);
  await processing;
  const callsAtEnd = worker.calls.length;
  await worker.clock.advance(40_000);
  const callsAfter = worker.calls.slice(callsAtEnd);
  return { recorded, callsAfter, stored: worker.stored(), signal: job?.signal };
}

const failing = () => Promise.reject(new Error('another branch failed'));
const succeeding = async () => ({ seconds: 0 });

const stepping =
  (step: (job: Job, passed: number) => Promise<unknown>): Branch =>
  async (job, clock, record) => {
    for (let passed = 1; passed <= 40; passed += 1) {
      await clock.sleep(500);
      await step(job, passed).then(
        () => record('continued'),
        (error: Error) => record(error.name),
      );
    }
  };

describe('code that an attempt leaves running when it ends', () => {
  test.each([
    ['saves a checkpoint', (job: Job, passed: number) => job.checkpoint({ passed })],
    ['pauses', (job: Job) => job.pause(0)],
    ['sleeps', (job: Job) => job.sleep(60, { passed: 1 })],
  ])('stops the next time it %s, and writes nothing', async (_what, step) => {
    for (const end of [failing, succeeding]) {
      const { recorded, callsAfter, stored } = await runWithLeftover(stepping(step), end);
      expect(recorded).toEqual([]);
      expect(callsAfter).toEqual([]);
      expect(stored).not.toHaveProperty('checkpoint');
    }
  });

  test.each([
    ['failed', failing],
    ['succeeded', succeeding],
  ])(
    'does not see its signal aborted after the job %s, because an unhandled rejection would end the process',
    async (_what, end) => {
      const { signal } = await runWithLeftover(async () => {}, end);
      expect(signal?.aborted).toBe(false);
    },
  );
});
