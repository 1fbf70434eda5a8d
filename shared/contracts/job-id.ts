import * as z from 'zod/mini';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A job's id: a UUID in lower case. Random, or derived from tenant and `Idempotency-Key`. */
export const jobId = z.string('not a job id').check(z.regex(uuid, 'not a job id'));
