import { type Connection, callApi } from './connection.ts';
import { type Contracts, checkPayload } from './contracts.ts';
import type { Job, JobReference, NotifyTarget } from './job.ts';
import { jobIdOf } from './reference.ts';

/** What may be said of a job beside its type and payload. */
export interface JobOptions {
  /** Jobs of a group run one after another. */
  readonly group?: string | undefined;
  /** Jobs that must succeed first. */
  readonly dependsOn?: readonly JobReference[] | undefined;
  readonly delaySeconds?: number | undefined;
  /** When it may run at the earliest: a time, or its ISO 8601 text. */
  readonly runAt?: Date | string | undefined;
  /** By when it must have started. */
  readonly startBefore?: Date | string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly notify?: readonly NotifyTarget[] | undefined;
  /**
   * The same key is the same job, however often it is submitted. Default: a new one for each call, which makes it safe
   * that the client tries again.
   */
  readonly idempotencyKey?: string | undefined;
}

export interface SubmitOptions extends JobOptions {
  /** Waits for so many seconds, 5 at most, whether the job ends. `wait` waits for longer. */
  readonly waitSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Submission extends JobOptions {
  readonly type: string;
  readonly payload?: unknown;
}

/**
 * A submission as its JSON text has it: without what is `undefined`, and with times as texts.
 * @throws InvalidRequestError if the payload does not fit its contract; TypeError for what is no job
 */
export async function bodyOf(
  { idempotencyKey = crypto.randomUUID(), dependsOn, ...body }: Submission,
  contracts: Contracts | undefined,
  { url }: Connection,
) {
  await checkPayload(contracts, body.type, body.payload);
  return { idempotencyKey, ...body, dependsOn: dependsOn?.map((job) => jobIdOf(job, url)) };
}

/** Submits one job. @throws as `Client.submit` does */
export async function submitJob(
  { waitSeconds, signal, ...submission }: Submission & SubmitOptions,
  contracts: Contracts | undefined,
  connection: Connection,
): Promise<Job> {
  const { idempotencyKey, ...body } = await bodyOf(submission, contracts, connection);
  const headers = {
    'idempotency-key': keyHeader(idempotencyKey),
    ...(waitSeconds === undefined ? {} : { prefer: `wait=${Math.floor(waitSeconds)}` }),
  };
  return callApi<Job>('POST /jobs', { headers, body: JSON.stringify(body), signal }, connection);
}

/** RFC 8941, section 3.3.3. @throws TypeError for a key that fits no header */
export function keyHeader(key: string): string {
  if (!/^[\x20-\x7e]{1,255}$/.test(key))
    throw new TypeError('an idempotency key has 1 to 255 printable characters of ASCII');
  return `"${key.replace(/["\\]/g, '\\$&')}"`;
}
