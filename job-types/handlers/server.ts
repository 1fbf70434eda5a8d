import type { HandlersOf } from '../../shared/author/index.ts';
import type { contracts } from '../contracts.ts';
import { type Encoder, encodeVideo } from '../encode-video/handler.ts';

/** What handlers of the queue `server` are given, beside what every handler has. */
export interface ServerDependencies {
  readonly encoder: Encoder;
}

/** The handlers of all types that only worker servers run. */
export const serverHandlers = (given: ServerDependencies): HandlersOf<typeof contracts, 'server'> => ({
  'encode-video': encodeVideo(given.encoder),
});
