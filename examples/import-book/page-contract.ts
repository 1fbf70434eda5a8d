import * as z from 'zod/mini';
import { defineJob } from '../../shared/author/index.ts';

/** Imports one page of a book: a child of import-book, which may also be submitted alone. */
export const importPage = defineJob({
  payload: z.strictObject({
    book: z.string().check(z.minLength(1), z.maxLength(200)),
    page: z.int().check(z.gte(1)),
    /** The page cannot be read, in no attempt. */
    isUnreadable: z.optional(z.boolean()),
  }),
  result: z.object({ page: z.int(), words: z.int() }),
  timeoutSeconds: 30,
  maxAttempts: 3,
});
