import * as z from 'zod/mini';
import { nonEmpty, retentionDays, url } from '../../shared/config.ts';

export const configSchema = z.object({
  /** The dead-letter queue that this function empties. */
  QUEUE_URL: url,
  /** Where messages stay that belong to no job. */
  UNREADABLE_QUEUE_URL: url,
  /** The gate's queue, for waking the jobs that wait. */
  WAITING_QUEUE_URL: url,
  TABLE_NAME: nonEmpty,
  RETENTION_DAYS: retentionDays,
});
