import * as z from 'zod/mini';
import { httpKeys, openOnlyLocally } from '../../shared/aws/config.ts';

export const configSchema = z.object(httpKeys).check(openOnlyLocally);
