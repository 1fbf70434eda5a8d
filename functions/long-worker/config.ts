import * as z from 'zod/mini';
import {
  bucketKeys,
  heartbeatFitsLease,
  jobQueueUrls,
  listKeys,
  mailKeys,
  setupKeys,
  workerKeys,
} from '../../shared/aws/config.ts';

/** What the stage has in other services that jobs drive: see `setupValuesIn`. */
const serviceKeys = { SETUP: setupKeys.SETUP };

export const configSchema = z
  .object({ ...workerKeys, ...jobQueueUrls, ...listKeys, ...bucketKeys, ...serviceKeys, ...mailKeys })
  .check(heartbeatFitsLease);
