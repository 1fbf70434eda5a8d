import type { Wiring } from '../../job-types/handlers/every.ts';
import { serverHandlers as own } from '../../job-types/handlers/server.ts';
import type { HandlersOf } from '../../shared/author/index.ts';
import type { contracts } from '../contracts.ts';
import { ffmpegEncoder } from '../encode-video/adapter.ts';
import { encodeVideo } from '../encode-video/handler.ts';

export const serverHandlers = (
  settings: Pick<Wiring, 'searchPath'>,
): HandlersOf<typeof contracts, 'server'> => ({
  'encode-video': encodeVideo(ffmpegEncoder(settings)),
  ...own,
});
