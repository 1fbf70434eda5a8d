import { describe, expect, it } from '@jest/globals';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { aJobContext } from '../../../../tests/set-ups/job-context.ts';
import { countdown as contract } from '../../../countdown/contract.ts';
import { countdown, countdown as handler } from '../../../countdown/handler.ts';

/** A context that notes how many seconds were waited, and every checkpoint. */
function noted(more: Parameters<typeof aJobContext<{ passed: number }>>[0] = {}) {
  const saved: { passed: number }[] = [];
  const waited: number[] = [];
  const job = aJobContext<{ passed: number }>({
    pause: async (seconds) => {
      waited.push(seconds);
    },
    checkpoint: async (state) => {
      saved.push(state);
    },
    ...more,
  });
  return { job, saved, waited };
}

const type = { contract, handler };

describe('a countdown', () => {
  it('waits a second at a time, and saves before each of them how many have passed', async () => {
    const { job, saved, waited } = noted();
    expect(await countdown({ seconds: 3 }, job)).toEqual({ seconds: 3 });
    expect(waited).toEqual([1, 1, 1]);
    expect(saved).toEqual([{ passed: 0 }, { passed: 1 }, { passed: 2 }]);
  });

  it('goes on where its last checkpoint was saved', async () => {
    const { job, saved } = noted({ resume: { passed: 2 } });
    expect(await countdown({ seconds: 4 }, job)).toEqual({ seconds: 4 });
    expect(saved).toEqual([{ passed: 2 }, { passed: 3 }]);
  });

  it('fails as many first attempts as asked', async () => {
    const run = (attempt: number) => countdown({ seconds: 0, failFirst: 2 }, noted({ attempt }).job);
    await expect(run(1)).rejects.toThrow('attempt 1 fails');
    await expect(run(2)).rejects.toThrow('attempt 2 fails');
    expect(await run(3)).toEqual({ seconds: 0 });
  });

  it('does not fail an attempt that goes on from a checkpoint', async () => {
    const { job } = noted({ attempt: 1, resume: { passed: 1 } });
    expect(await countdown({ seconds: 1, failFirst: 3 }, job)).toEqual({ seconds: 1 });
  });

  it('waits as many seconds as it is told', async () => {
    expect(await runJob(type, { seconds: 30 })).toMatchObject({ result: { seconds: 30 }, seconds: 30 });
  });

  it.each([{ seconds: 23 }, { seconds: 3, failFirst: 2 }, { seconds: 0 }])(
    'survives every cut: %j',
    async (payload) => {
      const { calls, cuts } = await cutEverywhere(type, payload);
      expect(cuts).toBe(calls * 11);
    },
  );
});
