import * as z from 'zod';

export const configSchema = z.object({ TABLE_NAME: z.string().min(1) });
