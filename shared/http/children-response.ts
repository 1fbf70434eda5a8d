import * as z from 'zod/mini';
import type { BatchCount } from '../operations/list-children.ts';

/** A batch of children as the API shows it. */
const batch = z.object({
  key: z.string(),
  type: z.string(),
  count: z.int(),
  ended: z.int(),
  unsuccessful: z.int(),
}) satisfies z.ZodMiniType<BatchCount>;

/** The batches of a job, in the order in which it spawned them. */
export const batchList = z.object({ items: z.array(batch) });
export type BatchList = z.infer<typeof batchList>;
