import * as z from 'zod/mini';
import { defineJob } from '../../shared/author/index.ts';

const maxPages = 10_000;
const page = z.int().check(z.gte(1), z.lte(maxPages));

/** Imports a book, each page by a job of its own. */
export const importBook = defineJob({
  payload: z.strictObject({
    book: z.string().check(z.minLength(1), z.maxLength(200)),
    pages: page,
    /** Pages that cannot be read; for trying out what a book does without them. */
    unreadable: z.optional(z.array(page).check(z.maxLength(100))),
  }),
  result: z.object({
    pages: z.int(),
    /** The pages that were not imported, in their order. */
    failed: z.array(z.object({ page: z.int(), reason: z.string() })),
  }),
  hasSteps: true,
  timeoutSeconds: 45,
  maxAttempts: 3,
});
