import { describe, expect, it } from '@jest/globals';
import { emrAggregate as contract } from '../../../../job-types/emr-aggregate/contract.ts';
import { emrAggregate } from '../../../../job-types/emr-aggregate/handler.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { uploadedObject } from '../../../../testkit/objects.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { aggregating } from '../../../fakes/aggregating.ts';

const type = { contract, handlerWith: emrAggregate };
const payload = {
  objects: ['a.csv', 'b.csv'].map(uploadedObject),
  groupBy: 'city',
  metrics: [{ column: 'orders', op: 'sum' as const }],
};
const figures = { rows: 3, groups: [{ key: 'Bern', values: [12.5] }] };

describe('emr-aggregate', () => {
  it('returns what the job run has written', async () => {
    const { result, progress } = await runJob(type, payload, { outside: aggregating(figures) });
    expect(result).toEqual(figures);
    expect(progress.map(({ message }) => message)).toContain('running on EMR Serverless');
  });

  it("fails with EMR's words", async () => {
    const { status, attempts, error } = await runJob(type, payload, {
      outside: aggregating(figures, { failsWith: 'Job failed, ExitCode: 1' }),
    });
    expect([status, attempts, error?.message]).toEqual(['failed', 1, 'Job failed, ExitCode: 1']);
  });

  it('has one job run, wherever it is cut, and none that outlives it', async () => {
    const outside = aggregating(figures, { listingLagSeconds: 59, tokenSeconds: 0 });
    await cutEverywhere(type, payload, { outside, maxCuts: 120 });
  });
});
