import * as z from 'zod/mini';
import { nonEmpty, url } from '../../shared/config.ts';

export const configSchema = z.object({
  STANDARD_QUEUE_URL: url,
  LONG_QUEUE_URL: url,
  ORDERED_QUEUE_URL: url,
  WAITING_QUEUE_URL: url,
  TABLE_NAME: nonEmpty,
  /** Keys the derivation of job ids; anything that is this deployment's own and not public. */
  JOB_ID_SECRET: z.string().check(z.minLength(16, 'must have 16 characters or more')),
});
