import * as z from 'zod/mini';
import { readableCurrentVersion, refuseNewerVersion } from '../../base/version.ts';
import { keyPrefix } from './failure.ts';

const epochMilliseconds = z.int();

/**
 * Jobs of a tenant that failed for good: of one type, with one error, on one day (UTC). The table has an item for each
 * group, beside the jobs. The text of the error is in no group: there it would outlive the job that it is from.
 */
const errorGroup = z.object({
  id: z.string(),
  version: readableCurrentVersion,
  tenant: z.string(),
  type: z.string(),
  /** The name of the error. */
  name: z.string(),
  /** Ids of jobs. A retried job stays, and so does an erased one. */
  jobs: z.set(z.string()),
  /** More jobs failed so than the group names. */
  more: z.optional(z.literal(true)),
  firstSeenAt: epochMilliseconds,
  /** Up to a minute too early, in a group that has no room for more jobs. */
  lastSeenAt: epochMilliseconds,
  /** Its place among the groups of its tenant. */
  listPosition: z.string(),
});
export type ErrorGroup = z.infer<typeof errorGroup>;

/**
 * Reads a group as the table has it.
 * @throws NewerVersionError; ZodError if it is no group's item
 */
export function readErrorGroup(stored: Readonly<Record<string, unknown>>): ErrorGroup {
  refuseNewerVersion(stored, 'item');
  return errorGroup.parse({ ...stored, id: String(stored.id).slice(keyPrefix.length) });
}
