import type { AggregatePayload, AggregateResult } from '../../job-types/emr-aggregate/handler.ts';
import { hasSucceeded } from '../../shared/job/transitions.ts';
import { anyNumber, type Outside, type OutsideClock } from '../../testkit/effects.ts';
import type { RemoteEffects } from '../../testkit/remote-stand-in.ts';
import { EmrServerless } from '../stand-ins/emr-serverless.ts';
import { inMemoryAggregator } from './in-memory-aggregator.ts';

type Settings = ConstructorParameters<typeof EmrServerless>[1];

/** EMR Serverless, as the kit gives it to a handler. In the end it must have one job run, or none that still runs. */
export const aggregating =
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
