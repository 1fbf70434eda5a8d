import * as z from 'zod/mini';
import { ConfigError } from './errors.ts';

/**
 * Reads a handler's configuration from its environment.
 * @throws ConfigError that names every key that is missing or unusable, all at once; values are not shown
 */
export function parseConfig<Schema extends z.ZodMiniType>(
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

const wholeNumber = (atLeast: number) =>
  z.coerce
    .number(`must be a whole number, at least ${atLeast}`)
    .check(
      z.int(`must be a whole number, at least ${atLeast}`),
      z.gte(atLeast, `must be a whole number, at least ${atLeast}`),
    );

/** A whole number of seconds, turned into milliseconds. */
export const secondsAsMs = (atLeast: number) =>
  z.pipe(
    wholeNumber(atLeast),
    z.transform((seconds: number) => seconds * 1000),
  );

/** Days that a finished job is kept, as milliseconds. The queue may hold a hidden duplicate for 14 days; it must
 * still find the job finished, or it would run it again. */
export const retentionDays = z.pipe(
  wholeNumber(15),
  z.transform((days: number) => days * 24 * 3600 * 1000),
);

export const url = z.url('must be a URL');
/** Of the queues that a job's message may be sent to. */
export const jobQueueUrls = {
  STANDARD_QUEUE_URL: url,
  LONG_QUEUE_URL: url,
  ORDERED_QUEUE_URL: url,
  WAITING_QUEUE_URL: url,
};
export const nonEmpty = z.string().check(z.minLength(1, 'must not be empty'));
