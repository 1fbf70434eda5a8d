import * as z from 'zod/mini';
import { keyedJobId } from '../base/fingerprint.ts';
import { scheduleTags } from '../base/schedule-time.ts';
import { uniqueJobId, windowStartAt } from '../base/unique-id.ts';
import { readableScheduledVersion } from '../base/version.ts';

/** A recurring schedule: it makes a job of a type at every occurrence. */
export interface Schedule {
  /** Small letters, digits and hyphens, 40 at most. Unique in the stage. */
  readonly name: string;
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  readonly cron: string;
  /** As the IANA time zone database has it, such as `Europe/Berlin`. The cron is meant in its local time. */
  readonly timeZone: string;
  readonly type: string;
  /** As a client would send it. */
  readonly payload: unknown;
  /** The tenant that the jobs belong to. */
  readonly tenant: string;
  /** What the contract of a unique type says of the payload. */
  readonly unique?: { readonly key: string; readonly withinSeconds: number };
}

/** What EventBridge Scheduler sends to the waiting queue at each occurrence of a schedule. */
export const scheduleOccurrence = z.strictObject({
  kind: z.literal('occurrence'),
  version: readableScheduledVersion,
  /** The schedule's name. */
  schedule: z.string().check(z.minLength(1)),
  /** The time for which it is, ISO 8601 in UTC. */
  at: z.iso.datetime(),
});
export type ScheduleOccurrence = z.infer<typeof scheduleOccurrence>;

/** The tag of all jobs of a schedule: they are found by it in the list. */
export const tagOfSchedule = (name: string): string => `${scheduleTags}${name}`;

/** The idempotency key of an occurrence's job: Scheduler may send an occurrence twice. */
export const keyOfOccurrence = ({ schedule, at }: Pick<ScheduleOccurrence, 'schedule' | 'at'>): string =>
  `${schedule}/${new Date(at).toISOString()}`;

/**
 * The id of an occurrence's job: it follows from the occurrence. It need not be secret, since a caller that has an id
 * must show a credential all the same.
 */
export const jobIdOfOccurrence = (
  tenant: string,
  occurrence: Pick<ScheduleOccurrence, 'schedule' | 'at'>,
): string => keyedJobId('schedules', tenant, keyOfOccurrence(occurrence));

/**
 * The id of the job of a schedule at a time: that of the occurrence, or, of a unique type, that of its window, also if
 * a submission has made it.
 */
export const scheduledJobId = (
  { name, tenant, type, unique }: Pick<Schedule, 'name' | 'tenant' | 'type' | 'unique'>,
  at: number,
): string =>
  unique
    ? uniqueJobId({ tenant, type, key: unique.key, windowStart: windowStartAt(at, unique.withinSeconds) })
    : jobIdOfOccurrence(tenant, { schedule: name, at: new Date(at).toISOString() });
