import * as z from 'zod/mini';
import { jobApiKeys, openOnlyLocally, url } from '../../shared/aws/config.ts';

export const configSchema = z
  .object({
    ...jobApiKeys,
    DEAD_LETTER_QUEUE_URL: url,
    ORDERED_DEAD_LETTER_QUEUE_URL: url,
    QUARANTINE_QUEUE_URL: url,
    NOTIFY_DEAD_LETTER_QUEUE_URL: url,
  })
  .check(openOnlyLocally);
