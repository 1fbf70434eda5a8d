import * as z from 'zod/mini';
import {
  bucketKeys,
  httpKeys,
  jobQueueUrls,
  listKeys,
  notifyKeys,
  openOnlyLocally,
  setupKeys,
  uploadKeys,
  url,
} from '../../shared/aws/config.ts';

export const configSchema = z
  .object({
    ...jobQueueUrls,
    ...httpKeys,
    ...listKeys,
    ...uploadKeys,
    ...bucketKeys,
    ...notifyKeys,
    ...setupKeys,
    DEAD_LETTER_QUEUE_URL: url,
    ORDERED_DEAD_LETTER_QUEUE_URL: url,
    QUARANTINE_QUEUE_URL: url,
  })
  .check(openOnlyLocally);
