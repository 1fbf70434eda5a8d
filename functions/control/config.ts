import * as z from 'zod/mini';
import { httpKeys, jobQueueUrls, openOnlyLocally } from '../../shared/aws/config.ts';

export const configSchema = z.object({ ...jobQueueUrls, ...httpKeys }).check(openOnlyLocally);
