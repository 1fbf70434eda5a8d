import {
  type JobHandler,
  type PayloadOf,
  type RemoteService,
  type ResultOf,
  remote,
} from '../../shared/author/index.ts';
import type { emrAggregate as contract } from './contract.ts';

export type AggregatePayload = PayloadOf<typeof contract>;
export type AggregateResult = ResultOf<typeof contract>;

/** What computes the figures. */
export type Aggregator = RemoteService<AggregatePayload, AggregateResult>;

export const emrAggregate = (aggregator: Aggregator): JobHandler<typeof contract> =>
  // A job run takes a minute to start up, and may take hours.
  remote(aggregator, { listingLagSeconds: 60, pollSeconds: 15, maxPollSeconds: 120 });
