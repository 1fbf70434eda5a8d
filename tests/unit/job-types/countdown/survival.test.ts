import { describe, expect, it } from '@jest/globals';
import { countdown as contract } from '../../../../job-types/countdown/contract.ts';
import { countdown as handler } from '../../../../job-types/countdown/handler.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { runJob } from '../../../../testkit/run-job.ts';

const type = { contract, handler };

describe('a countdown', () => {
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
