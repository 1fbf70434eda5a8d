import * as z from 'zod/mini';
import { defineJob, zObject } from '../../../shared/author/index.ts';

const name = z.string().check(z.minLength(1), z.maxLength(200));

/** Sums up columns of a text: lines of fields with commas between them, the first of which names the columns. */
export const csvSums = defineJob({
  payload: z
    .strictObject({
      /** The text itself, or the name of an uploaded object that has it. */
      csv: z.optional(z.string().check(z.minLength(1))),
      object: z.optional(zObject()),
      groupBy: name,
      metrics: z
        .array(z.strictObject({ column: name, op: z.enum(['count', 'sum', 'mean']) }))
        .check(z.minLength(1), z.maxLength(50)),
    })
    .check(
      z.refine(({ csv, object }) => (csv === undefined) !== (object === undefined), {
        path: ['csv'],
        message: 'there must be either a csv or an object',
      }),
    ),
  result: z.strictObject({
    rows: z.int(),
    /** Sorted by key; `values` in the order of `metrics`. */
    groups: z.array(z.strictObject({ key: z.string(), values: z.array(z.nullable(z.number())) })),
  }),
  checkpoint: z.strictObject({
    /** Where the next line begins, in bytes. */
    position: z.int().check(z.gte(0)),
    header: z.array(z.string()),
    rows: z.int().check(z.gte(0)),
    keys: z.array(z.string()),
    /** Of each key, how many rows it has and the sum of each metric's column. */
    figures: z.array(z.array(z.number())),
  }),
  timeoutSeconds: 30,
  maxAttempts: 3,
});
