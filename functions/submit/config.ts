import * as z from 'zod/mini';
import { jobQueueUrls, nonEmpty } from '../../shared/aws/config.ts';

export const configSchema = z.object({
  ...jobQueueUrls,
  TABLE_NAME: nonEmpty,
  /** Keys the derivation of job ids: anything that only this deployment has, and that is not public. */
  JOB_ID_SECRET: z.string().check(z.minLength(16, 'must have 16 characters or more')),
});
