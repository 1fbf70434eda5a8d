import * as z from 'zod/mini';

/** What only newer code can read, as after a rollback. Absent where there is none. */
export const newerRows = z.optional(z.array(z.object({ id: z.string(), version: z.number() })));

/** Of a list. */
export const toNewer = (
  newer: readonly { readonly id: string; readonly version: number }[],
): { newer?: z.infer<typeof newerRows> } =>
  newer.length === 0 ? {} : { newer: newer.map(({ id, version }) => ({ id, version })) };
