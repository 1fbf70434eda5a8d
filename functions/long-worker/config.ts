import * as z from 'zod/mini';
import {
  bucketKeys,
  heartbeatFitsLease,
  jobQueueUrls,
  listKeys,
  workerKeys,
} from '../../shared/aws/config.ts';

/** What the stage has in other services that jobs drive: see `setupValuesIn`. */
const serviceKeys = { SETUP: z.string() };

export const configSchema = z
  .object({ ...workerKeys, ...jobQueueUrls, ...listKeys, ...bucketKeys, ...serviceKeys })
  .check(heartbeatFitsLease);
