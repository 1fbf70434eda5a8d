import * as z from 'zod/mini';
import { type Contracts, defineJob } from '../../shared/author/index.ts';

/** The job type that is measured: a job of it does nothing. */
export const contracts = {
  nothing: defineJob({
    payload: z.object({ n: z.int() }),
    result: z.object({ n: z.int() }),
    timeoutSeconds: 30,
    maxAttempts: 3,
  }),
} satisfies Contracts;
