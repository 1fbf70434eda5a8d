import * as z from 'zod/mini';
import { bucketKeys, nonEmpty, notifyKeys, retentionDays, url } from '../../shared/aws/config.ts';

export const configSchema = z.object({
  WAITING_QUEUE_URL: url,
  QUARANTINE_QUEUE_URL: url,
  STANDARD_QUEUE_URL: url,
  LONG_QUEUE_URL: url,
  SERVER_QUEUE_URL: url,
  TABLE_NAME: nonEmpty,
  RETENTION_DAYS: retentionDays,
  ...bucketKeys,
  ...notifyKeys,
});
