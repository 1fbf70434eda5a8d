import type { JobHandler, PayloadOf, ResultOf } from '../../../../shared/job/handler.ts';
import { type RemoteService, remote } from '../../../../shared/job/remote.ts';
import type { renderReport as contract } from './example-contract.ts';

export type Reports = RemoteService<PayloadOf<typeof contract>, ResultOf<typeof contract>>;

export const renderReport = (reports: Reports): JobHandler<typeof contract> =>
  remote(reports, { listingLagSeconds: 10, pollSeconds: 5, maxPollSeconds: 60 });
