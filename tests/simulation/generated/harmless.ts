import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';

const groups = z.array(z.object({ reason: z.string(), mutants: z.array(z.string()) }));

/**
 * The generated mutants that break nothing that is promised, each with the reason. "Never met": no run of the honest
 * system makes a write that the mutant would make differently.
 */
export const harmless = groups.parse(
  JSON.parse(readFileSync(new URL('harmless.json', import.meta.url), 'utf8')),
);
