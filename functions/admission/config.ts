import * as z from 'zod/mini';
import {
  arn,
  bucketKeys,
  listKeys,
  nonEmpty,
  notifyKeys,
  retentionDays,
  setupKeys,
  url,
} from '../../shared/aws/config.ts';

export const configSchema = z.object({
  WAITING_QUEUE_URL: url,
  QUARANTINE_QUEUE_URL: url,
  STANDARD_QUEUE_URL: url,
  LONG_QUEUE_URL: url,
  SERVER_QUEUE_URL: url,
  TABLE_NAME: nonEmpty,
  RETENTION_DAYS: retentionDays,
  /** Where the schedules of waiting jobs send to, and where to if that fails. */
  WAITING_QUEUE_ARN: arn,
  DEAD_LETTER_QUEUE_ARN: arn,
  SCHEDULE_GROUP: nonEmpty,
  /** EventBridge Scheduler assumes it to send there. */
  SCHEDULE_ROLE_ARN: arn,
  ...listKeys,
  /** Who is told of the end of each job that a recurring schedule makes. */
  NOTIFY: setupKeys.NOTIFY,
  ...bucketKeys,
  ...notifyKeys,
});
