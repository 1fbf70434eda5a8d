import * as z from 'zod/mini';
import { defineJob, remoteState } from '../../../shared/author/index.ts';

export const renderReport = defineJob({
  queue: 'long',
  payload: z.strictObject({ month: z.string() }),
  result: z.object({ url: z.string() }),
  checkpoint: remoteState,
  hasCancel: true,
  needs: ['reports'],
  timeoutSeconds: 60, // of one slice: a start, or a poll
  maxAttempts: 5,
});
