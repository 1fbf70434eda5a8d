import * as z from 'zod/mini';
import { NewerVersionError } from './errors.ts';

/** The version of items and messages that this code writes, and the highest that it can read. */
export const currentVersion = 1;

/**
 * Of what schedules send, and of pointers. Code from before there were schedules leaves version 2 to newer code. Code from
 * before a pointer could lead to a job that has started, or that waits for others, leaves versions 3 and 4 to newer code: it
 * would take the message of such a job for being in a queue.
 */
export const scheduledVersion = 4;
export const scheduledVersions = [2, 3, scheduledVersion] as const;

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
