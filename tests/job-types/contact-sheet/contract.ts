import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/index.ts';

/** Adds up what its children come to; for tests of children. */
export const contactSheet = defineJob({
  queue: 'long',
  payload: z.strictObject({
    count: z.int().check(z.gte(0), z.lte(100_000)),
    /** Of the children: each is as long as the queue that it runs from is for. */
    type: z._default(z.enum(['csv-sums', 'counting']), 'csv-sums'),
    /** The indexes of those of `csv-sums` that fail, and the job with them. */
    failing: z._default(z.array(z.int()), []),
    /** How the tag of each child begins: its index follows. */
    tagged: z.optional(z.string()),
    /** Of `counting`: a file. The last child does not end while it is there, if it counts at all. */
    heldBy: z.optional(z.string()),
  }),
  result: z.strictObject({
    count: z.int(),
    sum: z.int(),
    /** How often the job was claimed since it had spawned them. */
    starts: z.int(),
    build: z.string(),
  }),
  hasSteps: true,
  timeoutSeconds: 600,
  maxAttempts: 5,
});
