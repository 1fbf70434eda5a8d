import * as z from 'zod/mini';
import { httpKeys, jobQueueUrls, listKeys, nonEmpty, openOnlyLocally } from '../../shared/aws/config.ts';

export const configSchema = z
  .object({ ...jobQueueUrls, ...httpKeys, ...listKeys, BUCKET_NAME: nonEmpty })
  .check(openOnlyLocally);
