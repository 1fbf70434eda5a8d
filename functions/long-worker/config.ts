import * as z from 'zod/mini';
import { heartbeatFitsLease, jobQueueUrls, listKeys, workerKeys } from '../../shared/aws/config.ts';

export const configSchema = z
  .object({ ...workerKeys, ...jobQueueUrls, ...listKeys })
  .check(heartbeatFitsLease);
