import { describe, expect, it } from '@jest/globals';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { anyNumber, atLeastOnce } from '../../../testkit/effects.ts';
import { runJob } from '../../../testkit/run-job.ts';
import * as jobs from '../../fixtures/kit-modules/job-types/rates.ts';
import { addUp as contract, payload } from './sample-contract.ts';

const rate = (answer: () => number) => ({ effects: () => ({ rate: anyNumber(async () => answer()) }) });

describe('a handler in a folder job-types', () => {
  it.each([
    ['its own', jobs.setByFirstSlice],
    ['of another module', jobs.setInOtherModule],
  ])('is found if only its first slice sets a variable: %s', async (_whose, handler) => {
    const cut = cutEverywhere({ contract, handler }, payload);
    await expect(cut).rejects.toMatchObject({ kinds: ['module state or randomness'] });
  });

  // The shape of a test that `npm run new` writes: first `runJob`, then `cutEverywhere`.
  it('is found by its name if an earlier run of the test has left something in its module', async () => {
    const type = { contract, handlerWith: jobs.chargedBefore };
    const effects = () => ({ charge: atLeastOnce(async (_amount: number) => {}) });
    await runJob(type, payload, { effects });
    const cut = cutEverywhere(type, payload, { effects });
    await expect(cut).rejects.toMatchObject({ kinds: ['module state or randomness'] });
    await expect(cut).rejects.toThrow('in a process of its own there is no such fault');
  });

  it('may keep what every process looks up for itself', async () => {
    const type = { contract, handlerWith: jobs.lookedUp };
    const { freshRuns } = await cutEverywhere(
      type,
      payload,
      rate(() => 3),
    );
    expect(freshRuns).toBeGreaterThan(10);
  });

  it('may know an error by its class', async () => {
    const failing = rate(() => {
      throw new jobs.NoRateError('none');
    });
    const { freshRuns } = await cutEverywhere({ contract, handlerWith: jobs.knowsError }, payload, failing);
    expect(freshRuns).toBe(0);
  });
});

describe('any other handler', () => {
  it('has the modules of its test', async () => {
    const handler: typeof jobs.setByFirstSlice = (...all) => jobs.setByFirstSlice(...all);
    expect((await cutEverywhere({ contract, handler }, payload)).freshRuns).toBe(0);
  });
});
