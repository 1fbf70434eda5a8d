import * as z from 'zod/mini';
import { NewerVersionError } from './errors.ts';

/**
 * The highest version of items and messages that this code can read. It reads all versions up to it: `readableVersion`.
 */
export const currentVersion = 2;

/** What this code writes, but with what older code would misunderstand: then a higher one (ADR 78). */
export const plainVersion = 1;

/** Of jobs whose type has steps: older code would begin each step again. */
export const stepsVersion = 2;

/**
 * Of what schedules send, and of pointers. Code from before there were schedules leaves version 2 to newer code. Code
 * from before a pointer could lead to a job that has started, or that waits for others, leaves versions 3 and 4 to
 * newer code: it would take the message of such a job for being in a queue.
 */
export const scheduledVersion = 4;

/** Of the message by which an endpoint is tried again. Code from before there were breakers leaves it to newer code. */
export const endpointTryVersion = 3;

/** A version from the oldest of its kind up to one. */
export const readableVersion = (newest: number, oldest = 1) =>
  z.literal(Array.from({ length: newest - oldest + 1 }, (_, at) => oldest + at));

/** Of most items and messages. */
export const readableCurrentVersion = readableVersion(currentVersion);

/** Of what schedules send, and of pointers. */
export const readableScheduledVersion = readableVersion(scheduledVersion, 2);

const versioned = z.object({ version: z.number() });

/**
 * While a deployment rolls out, old code meets what new code wrote. It must leave that to the new code.
 * @throws NewerVersionError
 */
export function refuseNewerVersion(
  stored: unknown,
  what: 'item' | 'message',
  known: number = currentVersion,
): void {
  const parsed = versioned.safeParse(stored);
  if (parsed.success && parsed.data.version > known)
    throw new NewerVersionError(`the ${what} has version ${parsed.data.version}, this code knows ${known}`);
}
