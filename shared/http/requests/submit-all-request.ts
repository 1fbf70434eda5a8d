import * as z from 'zod/mini';

export const maxJobsInRequest = 100;
/**
 * Lambda takes an event of 6 MiB, in which the body is a JSON text: each quote, backslash and line break in the body
 * takes one byte more. So a third of the body may be such characters. What has more of them never gets here: API
 * Gateway answers 413.
 */
export const maxRequestBytes = 4.5 * 1024 * 1024;

/** The body of `POST /jobs/batch`. Each job is checked for itself, and may have an `idempotencyKey`. */
export const submitAllRequest = z.strictObject({
  jobs: z
    .array(z.unknown(), 'must be a list of jobs')
    .check(
      z.minLength(1, 'must not be empty'),
      z.maxLength(maxJobsInRequest, `may have ${maxJobsInRequest} jobs at most`),
    ),
});

/** A job of a batch may have a key of its own, as `POST /jobs` has in its header. */
export const keyedJob = z.looseObject({ idempotencyKey: z.optional(z.unknown()) });
export const keyOfJob = z.optional(
  z
    .string('must be a text')
    .check(z.regex(/^[\x20-\x7e]{1,255}$/, 'must have 1 to 255 characters, all of printable ASCII')),
);
