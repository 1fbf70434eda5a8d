import * as z from 'zod/mini';
import {
  bucketKeys,
  httpKeys,
  jobQueueUrls,
  listKeys,
  openOnlyLocally,
  uploadKeys,
  url,
} from '../../shared/aws/config.ts';

export const configSchema = z
  .object({ ...jobQueueUrls, ...httpKeys, ...listKeys, ...uploadKeys, ...bucketKeys, NOTIFY_QUEUE_URL: url })
  .check(openOnlyLocally);
