import * as z from 'zod/mini';
import {
  httpKeys,
  jobQueueUrls,
  listKeys,
  openOnlyLocally,
  setupKeys,
  uploadKeys,
} from '../../shared/aws/config.ts';

export const configSchema = z
  .object({ ...jobQueueUrls, ...httpKeys, ...listKeys, ...uploadKeys, ...setupKeys })
  .check(openOnlyLocally);
