import { describe, expect, it } from '@jest/globals';
import { emrAggregate as contract } from '../../../../job-types/emr-aggregate/contract.ts';
import {
  type AggregatePayload,
  type AggregateResult,
  emrAggregate,
} from '../../../../job-types/emr-aggregate/handler.ts';
import { hasSucceeded } from '../../../../shared/job/transitions.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { anyNumber, type Outside, type OutsideClock } from '../../../../testkit/effects.ts';
import { uploadedObject } from '../../../../testkit/objects.ts';
import type { RemoteEffects } from '../../../../testkit/remote-stand-in.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { EmrServerless } from '../../../stand-ins/emr-serverless.ts';
import { inMemoryAggregator } from '../../../stand-ins/in-memory-aggregator.ts';

type Settings = ConstructorParameters<typeof EmrServerless>[1];

/** EMR Serverless, as the kit gives it to a handler. In the end it must have one job run, or none that still runs. */
const aggregating =
  (result: AggregateResult, settings: Settings = {}) =>
  (clock: OutsideClock): Outside<RemoteEffects<AggregatePayload, AggregateResult>> => {
    const model = new EmrServerless(clock, settings);
    const aggregator = inMemoryAggregator(model, result);
    return {
      effects: {
        find: anyNumber(aggregator.find),
        start: anyNumber(aggregator.start),
        poll: anyNumber(aggregator.poll),
        cancel: anyNumber(aggregator.cancel),
      },
      fault: (status) => {
        const left = model.runs.filter(({ state }) => state !== 'CANCELLED' && state !== 'CANCELLING');
        if (left.length > 1) return `EMR has ${left.length} job runs`;
        if (hasSucceeded(status)) return left.length === 1 ? undefined : 'EMR has no job run';
        const running = left.find(({ state }) => state !== 'SUCCESS' && state !== 'FAILED');
        return running && `the job is ${status}, and on EMR it is ${running.state}`;
      },
    };
  };

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
