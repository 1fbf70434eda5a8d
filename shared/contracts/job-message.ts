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
  options: z.object({ maxAttempts: z.int().check(z.positive()) }),
  /** SHA-256 of the request; tells apart two bodies that were sent under one key. */
  fingerprint: z.string().check(z.minLength(1)),
  run: z.int().check(z.positive()),
});
export type JobMessage = z.infer<typeof jobMessage>;

/** A message as text. */
export const writeMessage = (message: JobMessage): string => JSON.stringify(message);

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
