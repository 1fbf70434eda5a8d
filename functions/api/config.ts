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
  })
  .check(openOnlyLocally);
