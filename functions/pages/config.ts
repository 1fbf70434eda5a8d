import * as z from 'zod/mini';
import { jobApiKeys, openOnlyLocally } from '../../shared/aws/config.ts';

export const configSchema = z.object(jobApiKeys).check(openOnlyLocally);
