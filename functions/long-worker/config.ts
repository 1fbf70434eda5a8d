import * as z from 'zod/mini';
import {
  bucketKeys,
  heartbeatFitsLease,
  jobQueueUrls,
  listKeys,
  workerKeys,
} from '../../shared/aws/config.ts';

export const configSchema = z
  .object({ ...workerKeys, ...jobQueueUrls, ...listKeys, ...bucketKeys })
  .check(heartbeatFitsLease);
