import * as z from 'zod/mini';
import { everyTypeKeys, heartbeatFitsLease } from '../../shared/aws/config.ts';

export const configSchema = z.object(everyTypeKeys).check(heartbeatFitsLease);
