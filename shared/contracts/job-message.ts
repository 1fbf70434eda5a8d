import * as z from 'zod/mini';
import { UnreadableMessageError } from '../errors.ts';
import { jobId } from './job-id.ts';

/** The message: all that is needed to run the job, whoever receives it and whatever the table holds. */
export const jobMessage = z.object({
  id: jobId,
  tenant: z.string().check(z.minLength(1)),
  type: z.string().check(z.minLength(1)),
  payload: z.unknown(),
  /** Epoch milliseconds. */
  submittedAt: z.int(),
  options: z.object({
    maxAttempts: z.int().check(z.positive()),
    /** Jobs of the same group (and tenant) run one at a time, in the order in which they were sent. */
    group: z.optional(z.string()),
    dependsOn: z.optional(z.array(jobId)),
    /** Epoch milliseconds. */
    runAt: z.optional(z.int()),
  }),
  /** SHA-256 of the request; tells apart two bodies that were sent under one key. */
  fingerprint: z.string().check(z.minLength(1)),
  run: z.int().check(z.positive()),
  /** A copy that was sent so that a waiting job looks at its dependencies; the message itself is in the queue, hidden. */
  wake: z.optional(z.literal(true)),
  /** In place of a worn-out message: it is no first delivery, whatever the queue counts. */
  sentAnew: z.optional(z.literal(true)),
});
export type JobMessage = z.infer<typeof jobMessage>;

/** A message as text. */
export const writeMessage = (message: JobMessage): string => JSON.stringify(message);

/** Whether the job may run by now, as far as its message tells. */
export const isDue = ({ options: { runAt = 0 } }: JobMessage, now: number): boolean => runAt <= now;

/** What a message says, or why that cannot be told: it is not JSON, or not a job's message. */
export function readMessage(text: string): JobMessage | UnreadableMessageError {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return new UnreadableMessageError('not JSON', { cause });
  }
  const parsed = jobMessage.safeParse(json);
  return parsed.success
    ? parsed.data
    : new UnreadableMessageError(z.prettifyError(parsed.error), { cause: parsed.error });
}
