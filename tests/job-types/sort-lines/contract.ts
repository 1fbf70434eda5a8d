import * as z from 'zod/mini';
import { defineJob, zObject } from '../../../shared/author/index.ts';

/** Sorts the lines of uploaded objects by a program, on a worker server. They are the job's streamed output. */
export const sortLines = defineJob({
  queue: 'server',
  payload: z.strictObject({
    objects: z.array(zObject()).check(z.minLength(1), z.maxLength(20)),
    /** How long the program waits first. */
    seconds: z._default(z.int().check(z.gte(0), z.lte(3600)), 0),
    /** A file: the program waits while it is there. */
    heldBy: z._default(z.string(), ''),
  }),
  result: z.strictObject({ bytes: z.int() }),
  timeoutSeconds: 6 * 3600,
  maxAttempts: 3,
  maxMemoryMb: 3072,
});
