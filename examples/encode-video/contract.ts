import * as z from 'zod/mini';
import { defineJob, zObject } from '../../shared/author/index.ts';

/** Encodes an uploaded video by ffmpeg, on a worker server. The encoded video is the job's streamed output. */
export const encodeVideo = defineJob({
  queue: 'server',
  payload: z.strictObject({
    object: zObject(),
    /** `mp4` has H.264 and AAC, `webm` has VP9 and Opus. */
    format: z._default(z.enum(['mp4', 'webm']), 'mp4'),
    /** Of the picture, in pixels; the width follows. An odd one is made even. Without it the picture keeps its size. */
    height: z.optional(z.int().check(z.gte(144), z.lte(2160))),
    quality: z._default(z.enum(['low', 'medium', 'high']), 'medium'),
  }),
  /** Of the encoded video. */
  result: z.object({
    seconds: z.nullable(z.number()),
    width: z.int(),
    height: z.int(),
    bytes: z.int(),
  }),
  // An encoding cannot be cut: every attempt starts from the beginning.
  timeoutSeconds: 6 * 3600,
  maxAttempts: 3,
  maxMemoryMb: 3072,
});
