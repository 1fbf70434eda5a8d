import * as z from 'zod/mini';
import { NewerVersionError } from './errors.ts';

/** The version of items and messages that this code writes, and the highest that it can read. */
export const currentVersion = 1;

/** Of what schedules send. Code from before there were schedules takes it for newer, and leaves it to newer code. */
export const scheduledVersion = 2;

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
