import {
  type JobHandler,
  type PayloadOf,
  type RemoteService,
  type ResultOf,
  remote,
} from '../../shared/author/index.ts';
import type { transcodeVideo as contract } from './contract.ts';

export type TranscodePayload = PayloadOf<typeof contract>;
export type TranscodeResult = ResultOf<typeof contract>;

/** What transcodes videos. */
export type Transcoder = RemoteService<TranscodePayload, TranscodeResult>;

export const transcodeVideo = (transcoder: Transcoder): JobHandler<typeof contract> =>
  // MediaConvert does not say how late its list is. A client token is good for a minute only.
  remote(transcoder, { listingLagSeconds: 60, pollSeconds: 5, maxPollSeconds: 60 });
