import * as z from 'zod/mini';
import { defineJob, zObject } from '../../shared/author/index.ts';

/** Makes a small image of a large one: a child of make-album, which may also be submitted alone. */
export const makeThumbnail = defineJob({
  payload: z.strictObject({ image: zObject() }),
  result: z.object({
    /** Of the image. */
    width: z.int(),
    height: z.int(),
    /** The small one: a JPEG file as base64. */
    thumbnail: z.base64(),
  }),
  timeoutSeconds: 45,
  maxAttempts: 3,
});
