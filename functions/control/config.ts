import * as z from 'zod/mini';
import { nonEmpty, retentionDays, url } from '../../shared/config.ts';

export const configSchema = z.object({
  STANDARD_QUEUE_URL: url,
  LONG_QUEUE_URL: url,
  ORDERED_QUEUE_URL: url,
  WAITING_QUEUE_URL: url,
  TABLE_NAME: nonEmpty,
  RETENTION_DAYS: retentionDays,
});
