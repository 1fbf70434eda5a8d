import * as z from 'zod/mini';
import { heartbeatFitsLease, url, workerKeys } from '../../shared/aws/config.ts';

export const configSchema = z
  .object({ ...workerKeys, LONG_QUEUE_URL: url, ORDERED_QUEUE_URL: url })
  .check(heartbeatFitsLease);
