import { describe, expect, it } from '@jest/globals';
import { bulkAction as contract } from '../../../../job-types/bulk-action/contract.ts';
import { bulkAction, type JobActions } from '../../../../job-types/bulk-action/handler.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { anyNumber, once } from '../../../../testkit/effects.ts';
import { submittedAt, theJobActions } from '../../../set-ups/job-actions.ts';
import { anId } from '../../../set-ups/samples.ts';

const count = 110;

async function failedJobs() {
  const world = theJobActions();
  for (let number = 1; number <= count; number += 1)
    await world.jobs.fail(await world.jobs.submit({ after: -number, id: anId(1_000 + number) }));
  return world.actions();
}

/** The lists and actions that are deployed, on fakes. */
const effects = () => {
  const actions = failedJobs();
  return {
    list: anyNumber(async (request: Parameters<JobActions['list']>[0]) => (await actions).list(request)),
    act: once(async (...all: Parameters<JobActions['act']>) => (await actions).act(...all)),
  };
};

interface Counts {
  readonly done: number;
  readonly skipped: number;
}

describe('a bulk action', () => {
  it('acts on every job once, wherever it is cut, and counts no more than it did', async () => {
    const { cuts } = await cutEverywhere(
      { contract, handlerWith: bulkAction },
      { action: 'retry', filter: { status: 'failed' } },
      {
        effects,
        submittedAt,
        maxCuts: 80,
        sameResult: (one, other) => (one as Counts).done <= (other as Counts).done,
      },
    );
    expect(cuts).toBe(80);
  });
});
