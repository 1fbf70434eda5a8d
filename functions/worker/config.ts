import * as z from 'zod/mini';
import { bucketKeys, heartbeatFitsLease, url, workerKeys } from '../../shared/aws/config.ts';

export const configSchema = z
  .object({
    ...workerKeys,
    ...bucketKeys,
    STANDARD_QUEUE_URL: url,
    LONG_QUEUE_URL: url,
    SERVER_QUEUE_URL: url,
  })
  .check(heartbeatFitsLease);
