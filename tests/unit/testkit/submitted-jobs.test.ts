import { describe, expect, it } from '@jest/globals';
import { runJob } from '../../../testkit/run-job.ts';
import { contracts } from '../../job-types/contracts.ts';

const { booking, counting } = contracts;
const payload = { seats: 0, waitSeconds: 0 };

describe('a job that submits others, run by the kit', () => {
  it('says what it has submitted, once for each key', async () => {
    const run = await runJob(
      {
        contract: booking,
        handler: async (_payload, job) => {
          const { id } = await job.submit('next', counting, { seconds: 3 }, { delaySeconds: 60 });
          if (job.attempt < 2) throw new Error('once more');
          return { seats: [], charge: id };
        },
      },
      payload,
    );
    expect(run.status).toBe('succeeded');
    expect(run.submitted).toEqual([
      { key: 'next', contract: counting, payload: { seconds: 3 }, options: { delaySeconds: 60 } },
    ]);
  });

  it('fails with a payload that does not fit', async () => {
    const run = await runJob(
      {
        contract: booking,
        handler: async (_payload, job) => {
          await job.submit('next', counting, { seconds: -3 });
          return { seats: [], charge: null };
        },
      },
      payload,
    );
    expect(run.error?.name).toBe('StepError');
    expect(run.submitted).toEqual([]);
  });
});
