import * as z from 'zod/mini';
import { httpKeys, jobQueueUrls, listKeys, nonEmpty, openOnlyLocally, url } from '../../shared/aws/config.ts';

export const configSchema = z
  .object({
    ...jobQueueUrls,
    ...httpKeys,
    ...listKeys,
    DEAD_LETTER_QUEUE_URL: url,
    ORDERED_DEAD_LETTER_QUEUE_URL: url,
    QUARANTINE_QUEUE_URL: url,
    BUCKET_NAME: nonEmpty,
  })
  .check(openOnlyLocally);
