import * as z from 'zod/mini';

/** To Lambda, no answer, an empty answer and an empty list all mean that every message was processed. */
const batchResponse = z.nullish(
  z.object({
    batchItemFailures: z.nullish(z.array(z.object({ itemIdentifier: z.string().check(z.minLength(1)) }))),
  }),
);

/** The function returned something that is not a partial batch response. Lambda then fails the whole batch. */
export class BatchResponseError extends Error {
  override readonly name = 'BatchResponseError';
}

/**
 * Reads which messages a function reports as not processed.
 * @throws BatchResponseError if the answer cannot be read, or names a message that is not in the batch
 */
export function failedMessageIds(answer: unknown, batch: ReadonlySet<string>): ReadonlySet<string> {
  const parsed = batchResponse.safeParse(answer);
  if (!parsed.success)
    throw new BatchResponseError(`not a partial batch response: ${z.prettifyError(parsed.error)}`);
  const ids = new Set(parsed.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  const unknown = [...ids].filter((id) => !batch.has(id));
  if (unknown.length > 0) throw new BatchResponseError(`not in the batch: ${unknown.join(', ')}`);
  return ids;
}
