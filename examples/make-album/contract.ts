import * as z from 'zod/mini';
import { defineJob, zObject } from '../../shared/author/index.ts';

const maxImages = 1_000;

/** Makes one contact sheet of many uploaded images, each of which a job of its own makes small. */
export const makeAlbum = defineJob({
  queue: 'long',
  payload: z.strictObject({
    /** JPEG files, in the order in which they are to be seen. */
    images: z.array(zObject()).check(z.minLength(1), z.maxLength(maxImages)),
  }),
  result: z.object({
    /** How many images the sheet has. */
    images: z.int(),
    /** Those that it lacks. The first image has the number 1. */
    unreadable: z.array(z.object({ image: z.int(), object: z.string(), reason: z.string() })),
    width: z.int(),
    height: z.int(),
    /** The contact sheet: a JPEG file as base64. */
    sheet: z.base64(),
  }),
  hasSteps: true,
  timeoutSeconds: 300,
  maxAttempts: 3,
});
