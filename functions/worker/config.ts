import * as z from 'zod/mini';
import { nonEmpty, retentionDays, secondsAsMs, url } from '../../shared/config.ts';

export const configSchema = z
  .object({
    QUEUE_URL: url,
    DEAD_LETTER_QUEUE_URL: url,
    /** The gate's queue, for waking the jobs that wait. */
    WAITING_QUEUE_URL: url,
    TABLE_NAME: nonEmpty,
    LEASE_SECONDS: secondsAsMs(2),
    HEARTBEAT_SECONDS: secondsAsMs(1),
    /** `true` where the queue's visibility timeout is much longer than a lease. */
    HIDE_BEFORE_CLAIM: z.stringbool('must be true or false'),
    RETENTION_DAYS: retentionDays,
  })
  .check(
    z.refine((config) => config.HEARTBEAT_SECONDS * 2 <= config.LEASE_SECONDS, {
      path: ['HEARTBEAT_SECONDS'],
      message: 'may be at most half of LEASE_SECONDS: one beat may fail',
    }),
  );
