import * as z from 'zod/mini';
import { heartbeatFitsLease, url, workerKeys } from '../../shared/aws/config.ts';

export const configSchema = z
  .object({ ...workerKeys, STANDARD_QUEUE_URL: url, LONG_QUEUE_URL: url })
  .check(heartbeatFitsLease);
