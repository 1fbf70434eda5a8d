import * as z from 'zod/mini';
import { nonEmpty } from '../../shared/aws/config.ts';

export const configSchema = z.object({ TABLE_NAME: nonEmpty });
