import * as z from 'zod';
import { retentionDays, secondsAsMs } from '../../shared/config.ts';

export const configSchema = z
  .object({
    QUEUE_URL: z.url(),
    DEAD_LETTER_QUEUE_URL: z.url(),
    TABLE_NAME: z.string().min(1),
    LEASE_SECONDS: secondsAsMs(2),
    HEARTBEAT_SECONDS: secondsAsMs(1),
    RETENTION_DAYS: retentionDays,
  })
  .refine((config) => config.HEARTBEAT_SECONDS * 2 <= config.LEASE_SECONDS, {
    path: ['HEARTBEAT_SECONDS'],
    message: 'may be at most half of LEASE_SECONDS: one beat may fail',
  });
