import {
  type JobHandler,
  type PayloadOf,
  type RemoteService,
  type ResultOf,
  remote,
} from '../../../shared/author/index.ts';
import type { renderReport as contract } from './contract.ts';

export type Reports = RemoteService<PayloadOf<typeof contract>, ResultOf<typeof contract>>;

export const renderReport = (reports: Reports): JobHandler<typeof contract> =>
  remote(reports, { listingLagSeconds: 10, pollSeconds: 5, maxPollSeconds: 60 });
