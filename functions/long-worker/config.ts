import * as z from 'zod/mini';
import {
  bucketKeys,
  heartbeatFitsLease,
  jobQueueUrls,
  listKeys,
  workerKeys,
} from '../../shared/aws/config.ts';

/** Of other services that jobs drive. Empty if the stage has not set up the service. */
const serviceKeys = {
  TRANSCODE_ROLE: z.string(),
  TRANSCODE_QUEUE: z.string(),
  EMR_APPLICATION: z.string(),
  EMR_ROLE: z.string(),
};

export const configSchema = z
  .object({ ...workerKeys, ...jobQueueUrls, ...listKeys, ...bucketKeys, ...serviceKeys })
  .check(heartbeatFitsLease);
