import * as z from 'zod/mini';
import {
  bucketKeys,
  heartbeatFitsLease,
  jobQueueUrls,
  listKeys,
  mailKeys,
  workerKeys,
} from '../../shared/aws/config.ts';

export const configSchema = z
  .object({ ...workerKeys, ...jobQueueUrls, ...listKeys, ...bucketKeys, ...mailKeys })
  .check(heartbeatFitsLease);
