import * as z from 'zod';

export const configSchema = z.object({
  QUEUE_URL: z.url(),
  TABLE_NAME: z.string().min(1),
  /** Keys the derivation of job ids; anything that is this deployment's own and not public. */
  JOB_ID_SECRET: z.string().min(16),
});
