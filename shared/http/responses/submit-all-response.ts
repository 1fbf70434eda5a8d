import * as z from 'zod/mini';
import { problem } from '../wire/respond.ts';
import { acceptedJob } from './job-response.ts';

/** What became of the jobs of a batch, in their order. */
export const submitAllResponse = z.object({
  items: z.array(
    z.union([
      z.object({ status: z.literal(202), replayed: z.boolean(), job: acceptedJob }),
      z.object({ status: z.int(), problem }),
    ]),
  ),
});
export type SubmitAllResponse = z.infer<typeof submitAllResponse>;
