import * as z from 'zod';
import { ConfigError } from './errors.ts';

/**
 * Reads a handler's configuration from its environment.
 * @throws ConfigError that names every key that is missing or unusable, all at once; values are not shown
 */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  environment: Record<string, string | undefined>,
): z.infer<Schema> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const key = path.join('.');
    return environment[key] === undefined ? `${key} is missing` : `${key}: ${message}`;
  });
  throw new ConfigError(`The environment is not usable: ${problems.join('; ')}`, { cause: parsed.error });
}

/** A whole number of seconds from the environment, turned into milliseconds. */
export const secondsAsMs = (atLeast: number) =>
  z.coerce
    .number()
    .int()
    .min(atLeast)
    .transform((seconds) => seconds * 1000);

/** Days that a finished job is kept. The queue may hold a hidden duplicate for 14 days; it must still find the
 * job finished, or it would run it again. */
export const retentionDays = z.coerce
  .number()
  .int()
  .min(15)
  .transform((days) => days * 24 * 3600 * 1000);
