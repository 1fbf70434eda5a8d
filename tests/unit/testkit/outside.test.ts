import { describe, expect, it } from '@jest/globals';
import { defineJob } from '../../../shared/job/contract.ts';
import { type JobHandler, withCancel } from '../../../shared/job/handler.ts';
import { hasSucceeded, type JobStatus } from '../../../shared/job/transitions.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { anyNumber, keyedBy, type OutsideClock } from '../../../testkit/effects.ts';
import { runJob } from '../../../testkit/run-job.ts';
import { addUp, payload } from './sample-contract.ts';

const contract = defineJob({ ...addUp, hasCancel: true });
type Handler = JobHandler<typeof contract>;

interface Lamp {
  on(key: string): Promise<void>;
  off(key: string): Promise<void>;
}

/** A lamp that is on while the job runs. */
const shining =
  ({ on }: Lamp): Handler =>
  async ({ numbers }, job) => {
    await job.checkpoint({ next: 0, total: 0 }, { flush: true });
    job.signal.throwIfAborted();
    await on(job.id);
    await job.pause(1);
    return { total: numbers.length };
  };
const withSwitch = (lamp: Lamp): Handler => withCancel(shining(lamp), async (_, job) => lamp.off(job.id));

/** @param seen the times at which the lamp was switched on */
const lampAt = (clock: OutsideClock, seen: number[] = []) => {
  let isOn = false;
  return {
    effects: {
      on: keyedBy(
        (key: string) => key,
        async (_key: string) => {
          seen.push(clock.now());
          isOn = true;
        },
      ),
      off: anyNumber(async (_key: string) => {
        isOn = false;
      }),
    },
    fault: (status: JobStatus) => (isOn && !hasSucceeded(status) ? 'the lamp is on' : undefined),
  };
};
const outside = (clock: OutsideClock) => lampAt(clock);

describe('what is outside of a job', () => {
  it('has the virtual time of the run', async () => {
    const seen: number[] = [];
    const submittedAt = Date.UTC(2026, 4, 1);
    const type = { contract, handlerWith: withSwitch };
    await runJob(type, payload, { submittedAt, outside: (clock: OutsideClock) => lampAt(clock, seen) });
    expect(seen).toEqual([submittedAt]);
  });

  it('is left in order by a handler whose cancel puts it in order, wherever that is cut', async () => {
    const { cuts, possibleCuts } = await cutEverywhere({ contract, handlerWith: withSwitch }, payload, {
      outside,
    });
    // The cuts of the cancels come in addition.
    expect(cuts).toBeGreaterThan(possibleCuts);
  });

  it('is a finding if the cancel does nothing', async () => {
    const idle = (lamp: Lamp): Handler => withCancel(shining(lamp), async () => {});
    const cut = cutEverywhere({ contract, handlerWith: idle }, payload, { outside });
    await expect(cut).rejects.toMatchObject({ kinds: ['wrong outside'] });
  });

  it('is a finding if the cancel takes an error for success', async () => {
    const careless = (lamp: Lamp): Handler =>
      withCancel(shining(lamp), async (_, job) => lamp.off(job.id).catch(() => undefined));
    const cut = cutEverywhere({ contract, handlerWith: careless }, payload, { outside });
    await expect(cut).rejects.toMatchObject({ kinds: ['wrong outside'] });
  });
});

describe('a handler without the cancel that its contract has, or the other way round', () => {
  it('is an error', async () => {
    await expect(runJob({ contract, handlerWith: shining }, payload, { outside })).rejects.toThrow(
      'hasCancel',
    );
    await expect(runJob({ contract: addUp, handlerWith: withSwitch }, payload, { outside })).rejects.toThrow(
      'hasCancel',
    );
  });
});
