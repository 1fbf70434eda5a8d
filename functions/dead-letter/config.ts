import * as z from 'zod/mini';
import { bucketKeys, nonEmpty, notifyKeys, retentionDays, url } from '../../shared/aws/config.ts';

export const configSchema = z.object({
  DEAD_LETTER_QUEUE_URL: url,
  /** Where messages of FIFO queues go: SQS wants a dead-letter queue of the same kind. */
  ORDERED_DEAD_LETTER_QUEUE_URL: url,
  QUARANTINE_QUEUE_URL: url,
  /** For waking the jobs that wait for one that ends here. */
  WAITING_QUEUE_URL: url,
  TABLE_NAME: nonEmpty,
  RETENTION_DAYS: retentionDays,
  ...bucketKeys,
  ...notifyKeys,
});
