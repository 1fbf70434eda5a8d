import * as z from 'zod/mini';
import { defineJob, remoteState, zObject } from '../../shared/author/index.ts';

const column = z.string().check(z.minLength(1), z.maxLength(200));

/**
 * Does for terabytes what csv-aggregate does for one file: groups the records of many CSVs, and computes figures per
 * group.
 */
export const emrAggregate = defineJob({
  queue: 'long',
  payload: z.strictObject({
    /** Uploaded CSVs, each with a header that has the columns. */
    objects: z.array(zObject()).check(z.minLength(1), z.maxLength(500)),
    groupBy: column,
    metrics: z
      .array(z.strictObject({ column, op: z.enum(['count', 'sum', 'mean', 'min', 'max']) }))
      .check(z.minLength(1), z.maxLength(20)),
  }),
  result: z.object({
    /** Records read, the headers not counted. */
    rows: z.int(),
    /** Sorted by key; `values` in the order of `metrics`. */
    groups: z.array(z.object({ key: z.string(), values: z.array(z.nullable(z.number())) })),
  }),
  checkpoint: remoteState,
  hasCancel: true,
  needs: ['emrApplication', 'emrRole'],
  timeoutSeconds: 120,
  maxAttempts: 5,
});
