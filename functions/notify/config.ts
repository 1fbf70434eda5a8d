import * as z from 'zod/mini';
import { arn, mailKeys, nonEmpty, notifyKeys, url, wholeNumber } from '../../shared/aws/config.ts';

export const configSchema = z.object({
  ...notifyKeys,
  ...mailKeys,
  NOTIFY_DEAD_LETTER_QUEUE_URL: url,
  /** Where the schedules of later retries send to, and where to if that fails. */
  NOTIFY_QUEUE_ARN: arn,
  NOTIFY_DEAD_LETTER_QUEUE_ARN: arn,
  SCHEDULE_GROUP: nonEmpty,
  /** EventBridge Scheduler assumes it to send there. */
  NOTIFY_SCHEDULE_ROLE_ARN: arn,
  QUARANTINE_QUEUE_URL: url,
  TABLE_NAME: nonEmpty,
  ACCESS_TABLE_NAME: nonEmpty,
  STAGE: nonEmpty,
  /** A comma list of hosts that webhooks may go to although they are not public, and by plain http. May be empty. */
  WEBHOOK_HOSTS: z.string(),
  /** The name of the EventBridge bus. Empty: there is none. */
  EVENT_BUS: z.string(),
  /**
   * Node.js itself reads this. Half of so many names are looked up at a time (libuv), and one whose DNS does not answer
   * takes its place for seconds: as many as a batch has, and those of AWS, must find a place.
   */
  UV_THREADPOOL_SIZE: wholeNumber(24),
});
