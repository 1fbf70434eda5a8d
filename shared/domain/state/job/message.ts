import * as z from 'zod/mini';
import { UnreadableMessageError } from '../../base/errors.ts';
import { readJson } from '../../base/read-json.ts';
import { currentVersion, readableCurrentVersion, refuseNewerVersion } from '../../base/version.ts';
import { notifyTarget } from '../../notify/notification.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A job's id: a UUID in lower case. Random, or derived from tenant and `Idempotency-Key`. */
export const jobId = z.string('not a job id').check(z.regex(uuid, 'not a job id'));

// One schema for all fields that are alike: to make one takes up to 30 microseconds of a cold start.
const optionalText = z.optional(z.string());
const optionalInteger = z.optional(z.int());
const flag = z.optional(z.literal(true));
const nonEmpty = z.string().check(z.minLength(1));
const positive = z.int().check(z.positive());

/** Of which job a job is a child, which one of its batch, and where its end is counted. */
export const childOf = z.object({
  ...{ id: jobId, batch: jobId, index: z.int(), shard: z.int(), depth: z.int() },
  /**
   * How many jobs its own descendants may be: see allowance.ts. Absent if its type spawned none: then as of a job
   * without a parent.
   */
  allowance: optionalInteger,
  /** Those of its ancestors, which they hold while they wait for it. Absent if they are in none. */
  groups: z.optional(z.array(z.string())),
  /** Its parent leaves it when it ends. Absent: then the child ends, too. */
  leave: flag,
});
export type ChildOf = z.infer<typeof childOf>;

/** The message of a job: all that a worker needs to run it, whatever the table holds. */
export const jobMessage = z.object({
  id: jobId,
  version: readableCurrentVersion,
  tenant: nonEmpty,
  type: nonEmpty,
  payload: z.unknown(),
  /** Epoch milliseconds. */
  submittedAt: z.int(),
  options: z.object({
    maxAttempts: positive,
    /** Jobs of one group (and tenant) run one at a time, in the order in which they were sent. */
    group: optionalText,
    /** The jobs that must have succeeded before this one may run. */
    dependsOn: z.optional(z.array(jobId)),
    /** When the job may run at the earliest, epoch milliseconds. */
    runAt: optionalInteger,
    /** By when the job must have started, epoch milliseconds. */
    startBefore: optionalInteger,
    tags: z.optional(z.array(z.string())),
    /** Whom to tell that the job has ended. */
    notify: z.optional(z.array(notifyTarget)),
  }),
  /** SHA-256 of the request: tells apart two bodies that were sent under one key. */
  fingerprint: nonEmpty,
  /** 1, and one more with each retry by the user. */
  run: positive,
  /** Set if a job has spawned it. Its run is the round of the batch. */
  parent: z.optional(childOf),
  /** Who has asked for this run, if it is a retry: the receiver of the message may have to begin the run. */
  retriedBy: optionalText,
  /** The part of its tenant's list that the job is in. Absent: the first. */
  shard: optionalInteger,
  /**
   * Whom of its tenant the job is for, hashed: `fairBy` of the contract. Standard queues treat each of them as a
   * tenant.
   */
  fairKey: optionalText,
  /**
   * A limit of its tenant on unfinished jobs has let it in: it is counted until it ends, and again in each later run.
   */
  counted: flag,
  /** The same limit of each group. */
  countedInGroup: flag,
  /** Its tenant has a limit on jobs that wait: while it waits, it is in another part of the index. */
  countedWaits: flag,
  /** The trace that the submission is part of, as W3C Trace Context has it. */
  traceparent: optionalText,
  /** Of a copy that was made from the item: the item's `left`. */
  left: optionalInteger,
  /** Marks a copy that replaced a message. What was sent on after an earlier look may be lost. */
  requeued: flag,
});
export type JobMessage = z.infer<typeof jobMessage>;

/** By which limits of its tenant a job is counted. */
export type CountedBy = Pick<JobMessage, 'counted' | 'countedInGroup' | 'countedWaits'>;

/** A message as JSON text. */
export const writeMessage = (message: JobMessage): string => JSON.stringify(message);

/** Whether the job may run by now, as far as its message tells. `now`: epoch milliseconds. */
export const isDue = ({ options: { runAt = 0 } }: JobMessage, now: number): boolean => runAt <= now;

/** Whether a job is to wait before it runs: for its time, or for others. `now`: epoch milliseconds. */
export const mustWait = (message: JobMessage, now: number): boolean =>
  !isDue(message, now) || message.options.dependsOn !== undefined;

/** Whether the time is over in which the job had to start. `now`: epoch milliseconds. */
export const hasMissedStart = ({ options: { startBefore } }: JobMessage, now: number): boolean =>
  startBefore !== undefined && startBefore <= now;

/**
 * Reads a message's text.
 * @returns the message, or an error if the text is not JSON or not a job's message
 * @throws NewerVersionError
 */
export const readMessage = (text: string): JobMessage | UnreadableMessageError =>
  readMessageAs(jobMessage, text);

/** The same for messages of another shape, which have a version as well. @param known the highest that can be read */
export function readMessageAs<Schema extends z.ZodMiniType>(
  schema: Schema,
  text: string,
  known: number = currentVersion,
): z.infer<Schema> | UnreadableMessageError {
  let json: unknown;
  try {
    json = readJson(text);
  } catch (cause) {
    return new UnreadableMessageError('not JSON', { cause });
  }
  refuseNewerVersion(json, 'message', known);
  const parsed = schema.safeParse(json);
  return parsed.success ? parsed.data : new UnreadableMessageError(z.prettifyError(parsed.error));
}
