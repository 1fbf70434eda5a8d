import * as z from 'zod/mini';
import { jobQueueUrls, nonEmpty, retentionDays } from '../../shared/aws/config.ts';

export const configSchema = z.object({
  ...jobQueueUrls,
  TABLE_NAME: nonEmpty,
  RETENTION_DAYS: retentionDays,
});
