import * as z from 'zod/mini';

/** As in serverless.yml. */
export const serviceName = 'job-worker';
/** osls calls a stage's stack so, and the names of its resources begin with that. */
export const stackNameOf = (stage: string): string => `${serviceName}-${stage}`;
export const defaultRegion = 'eu-central-1';

/** The stack output with what the environment variable refers to: `StandardQueueUrl` for `STANDARD_QUEUE_URL`. */
export const outputNameOf = (variable: string): string =>
  variable.toLowerCase().replace(/(?:^|_)([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** The output with the variables that are plain texts: a JSON object, by variable. */
export const settingsOutput = 'WorkerSettings';
export const settings = z.record(z.string(), z.string());
