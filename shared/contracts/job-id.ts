import * as z from 'zod';

/** A job's id: a UUID in lower case. Random, or derived from tenant and `Idempotency-Key`. */
export const jobId = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'not a job id');
