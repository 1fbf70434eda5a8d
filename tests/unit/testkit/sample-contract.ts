import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/contract.ts';

/** A job that adds up the numbers of a list, and saves how far it has come. */
export const addUp = defineJob({
  queue: 'long',
  payload: z.strictObject({ numbers: z.array(z.int()) }),
  result: z.strictObject({ total: z.int() }),
  checkpoint: z.strictObject({ next: z.int(), total: z.int() }),
  timeoutSeconds: 600,
  maxAttempts: 5,
});

export const payload = { numbers: [3, 1, 4, 1, 5] };
