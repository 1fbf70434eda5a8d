import * as z from 'zod/mini';
import { defineJob, zObject } from '../../shared/author/index.ts';

const column = z.string().check(z.minLength(1), z.maxLength(200));

/** Groups the records of a CSV text (RFC 4180, first record: the names) and computes figures per group. */
export const csvAggregate = defineJob({
  payload: z
    .strictObject({
      /** The text itself, or the name of an uploaded object that has it. */
      csv: z.optional(z.string().check(z.minLength(1))),
      object: z.optional(zObject()),
      groupBy: column,
      metrics: z
        .array(z.strictObject({ column, op: z.enum(['count', 'sum', 'mean', 'min', 'max']) }))
        .check(z.minLength(1), z.maxLength(50)),
    })
    .check(
      z.refine(({ csv, object }) => (csv === undefined) !== (object === undefined), {
        path: ['csv'],
        message: 'there must be either a csv or an object',
      }),
    ),
  result: z.object({
    /** Records read, the names not counted. */
    rows: z.int(),
    /** Sorted by key; `values` in the order of `metrics`. */
    groups: z.array(z.object({ key: z.string(), values: z.array(z.nullable(z.number())) })),
  }),
  /** Where the next record begins, and what the records before it came to. */
  checkpoint: z.strictObject({
    position: z.int().check(z.gte(0)),
    header: z.array(z.string()),
    rows: z.int().check(z.gte(0)),
    keys: z.array(z.string()),
    counts: z.array(z.int()),
    figures: z.array(z.number()),
    lost: z.array(z.number()),
  }),
  timeoutSeconds: 30,
  maxAttempts: 3,
});
