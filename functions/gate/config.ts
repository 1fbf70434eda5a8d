import * as z from 'zod/mini';
import { nonEmpty, retentionDays, url } from '../../shared/config.ts';

export const configSchema = z.object({
  /** The queue of jobs that wait. */
  QUEUE_URL: url,
  DEAD_LETTER_QUEUE_URL: url,
  STANDARD_QUEUE_URL: url,
  LONG_QUEUE_URL: url,
  TABLE_NAME: nonEmpty,
  RETENTION_DAYS: retentionDays,
});
