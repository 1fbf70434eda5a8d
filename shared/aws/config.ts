import * as z from 'zod/mini';
import { authModes, localStage } from '../domain/access/auth-mode.ts';
import { ConfigError } from '../domain/base/errors.ts';

/**
 * Reads a function's configuration from its environment.
 * @throws ConfigError that names every key that is missing or unusable, all at once. It shows no values
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

export const wholeNumber = (atLeast: number) =>
  z.coerce
    .number(`must be a whole number, at least ${atLeast}`)
    .check(
      z.int(`must be a whole number, at least ${atLeast}`),
      z.gte(atLeast, `must be a whole number, at least ${atLeast}`),
    );

/**
 * How many days a finished job is kept. A queue may hold an invisible duplicate for 14 days. It must still find the job
 * finished, or the job would run again.
 */
export const retentionDays = wholeNumber(15);
export const dayMs = 24 * 3600 * 1000;

export const url = z.url('must be a URL');
export const arn = z.string().check(z.startsWith('arn:', 'must be an ARN'));
export const nonEmpty = z.string().check(z.minLength(1, 'must not be empty'));

/** The queues that messages of jobs are sent to. */
export const jobQueueUrls = {
  STANDARD_QUEUE_URL: url,
  LONG_QUEUE_URL: url,
  SERVER_QUEUE_URL: url,
  ORDERED_QUEUE_URL: url,
  WAITING_QUEUE_URL: url,
};

/** The keys that every function of the HTTP API needs. */
export const httpKeys = {
  TABLE_NAME: nonEmpty,
  ACCESS_TABLE_NAME: nonEmpty,
  AUTH: z.enum(authModes, `must be one of ${authModes.join(', ')}`),
  /** The claim of a token that names its tenant, if `AUTH` is `jwt`. */
  JWT_TENANT_CLAIM: nonEmpty,
  STAGE: nonEmpty,
  /** The link to a job's page is valid as long as the job is kept. */
  RETENTION_DAYS: retentionDays,
};

/** Where the stage's bucket is. Lambda sets the region. */
export const bucketKeys = {
  BUCKET_NAME: nonEmpty,
  AWS_REGION: nonEmpty,
  AWS_ENDPOINT_URL_S3: z.optional(url),
};

/** How long an upload is kept. */
export const uploadKeys = { UPLOAD_RETENTION_DAYS: wholeNumber(1) };

/** How many shards the list of a tenant's jobs has. */
export const listKeys = { LIST_SHARDS: wholeNumber(1) };

/** Whom mail comes from, and to whom each tenant may send it: checked at packaging, and empty if the stage sends none. */
export const mailKeys = { MAIL_FROM: z.string(), MAIL_TO: z.string() };

/** The second check after that at packaging: a deployed function without access control does not start. */
export const openOnlyLocally = z.refine<{ readonly AUTH: string; readonly STAGE: string }>(
  ({ AUTH, STAGE }) => AUTH !== 'none' || STAGE === localStage,
  { path: ['AUTH'], message: `may be none only on the stage ${localStage}` },
);

/** What the stage is set up for: see `readStageSetup`. */
export const setupKeys = {
  SETUP: z.string(),
  WEBHOOK_HOSTS: z.string(),
  MAIL_TO: z.string(),
  NOTIFY: z.string(),
};

/** The queue of the messages by which others are told that a job has ended. */
export const notifyKeys = { NOTIFY_QUEUE_URL: url };

/** Every queue of the stage: for who looks at their figures. */
export const everyQueueUrl = {
  ...jobQueueUrls,
  ...notifyKeys,
  DEAD_LETTER_QUEUE_URL: url,
  ORDERED_DEAD_LETTER_QUEUE_URL: url,
  QUARANTINE_QUEUE_URL: url,
  NOTIFY_DEAD_LETTER_QUEUE_URL: url,
};

/** The keys of the functions that submit, list, cancel and retry jobs for callers and for people. */
export const jobApiKeys = {
  ...everyQueueUrl,
  ...httpKeys,
  ...listKeys,
  ...uploadKeys,
  ...bucketKeys,
  ...setupKeys,
};

/** The keys that every worker needs. */
export const workerKeys = {
  WAITING_QUEUE_URL: url,
  QUARANTINE_QUEUE_URL: url,
  ...notifyKeys,
  TABLE_NAME: nonEmpty,
  LEASE_SECONDS: wholeNumber(2),
  HEARTBEAT_SECONDS: wholeNumber(1),
  RETENTION_DAYS: retentionDays,
};

/** The keys of the workers that run every type: the long worker, and worker servers. */
export const everyTypeKeys = {
  ...workerKeys,
  ...jobQueueUrls,
  ...listKeys,
  ...bucketKeys,
  ...mailKeys,
  /** What the stage has in other services that jobs drive: see `setupValuesIn`. */
  SETUP: setupKeys.SETUP,
};

/** One beat may fail, and the next one must still come in time. */
export const heartbeatFitsLease = z.refine<{
  readonly HEARTBEAT_SECONDS: number;
  readonly LEASE_SECONDS: number;
}>(({ HEARTBEAT_SECONDS, LEASE_SECONDS }) => HEARTBEAT_SECONDS * 2 <= LEASE_SECONDS, {
  path: ['HEARTBEAT_SECONDS'],
  message: 'may be at most half of LEASE_SECONDS: one beat may fail',
});
