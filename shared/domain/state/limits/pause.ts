import * as z from 'zod/mini';
import { dayMs } from '../../base/schedule-time.ts';
import { tenantName } from '../../base/tenant-name.ts';

/*
 * What an operator has paused: a type, a tenant, a queue, or the stage. Nothing of it starts until it is resumed, or
 * its time is over. All pauses are one item: each start of jobs reads them by one call.
 */

const ofTenant = 'tenant:';

/** The id of the item. */
export const pausesId = 'pauses';

/**
 * `stage`, or what is paused and its name: `type:resize`, `tenant:acme`, `queue:long`. The queue of bulk actions is
 * never paused: an operator works by them.
 */
export const pauseName = z.string().check(
  z.regex(/^(stage|type:.{1,128}|tenant:[\s\S]+|queue:(standard|long|server|ordered))$/),
  z.refine(
    (name: string) => !name.startsWith(ofTenant) || tenantName.safeParse(name.slice(ofTenant.length)).success,
    'must have the name of a tenant',
  ),
);

/**
 * A suspended tenant is paused under a name of its own. No key to the jobs can make or end such a pause: it is a copy
 * of what the access table says.
 */
export const suspensionPrefix = 'suspended:';
export const isSuspension = (name: string): boolean => name.startsWith(suspensionPrefix);

export const pause = z.object({
  /** Since when, epoch milliseconds, and who has paused it. */
  at: z.int(),
  by: z.string(),
  /** When it ends by itself. */
  until: z.optional(z.int()),
  why: z.optional(z.string()),
  /** Submissions of it are refused. Absent: they are accepted, and their jobs wait. */
  submissions: z.optional(z.literal('refuse')),
  /** When it was resumed, and by whom. It stays in the item until what it held has started. */
  resumedAt: z.optional(z.int()),
  resumedBy: z.optional(z.string()),
});
export type Pause = z.infer<typeof pause>;

export type PausesByName = ReadonlyMap<string, Pause>;

/** A job may wait for so long in all: the bucket keeps its message for a year. */
export const maxPauseMs = 365 * dayMs;

/** A queue keeps a message for 14 days. That of a group stays there, so a pause holds it for so long at most. */
export const maxGroupPauseMs = 10 * dayMs;
/** Nothing of a suspended tenant starts: such a job fails when its queue would soon drop its message. */
export const maxGroupSuspensionMs = 12 * dayMs;

/** What a pause is asked about. */
export interface PausableJob {
  readonly type: string;
  readonly tenant: string;
  readonly queue: string;
  /** When its message was sent, if that is of a group. */
  readonly sentAt?: number | undefined;
}

/** Whether a pause still holds what it names. */
export const isActive = ({ until, resumedAt }: Pause, now: number): boolean =>
  resumedAt === undefined && (until === undefined || until > now);

const isTooLongForGroups = (name: string, since: number, now: number): boolean =>
  !isSuspension(name) && now - since >= maxGroupPauseMs;

/** Whether anything is paused. */
export const isAnyActive = (pauses: PausesByName, now: number): boolean =>
  [...pauses.values()].some((one) => isActive(one, now));

/** When a pause has ended. @returns undefined if it has not */
export const endedAt = (one: Pause, now: number): number | undefined =>
  isActive(one, now) ? undefined : Math.min(one.resumedAt ?? Infinity, one.until ?? Infinity);

/** The names of the pauses that a job may be held by, the widest first. */
const namesFor = ({ queue, tenant, type }: PausableJob): readonly string[] => [
  'stage',
  `queue:${queue}`,
  ofTenant + tenant,
  suspensionPrefix + tenant,
  `type:${type}`,
];

/**
 * The pause that holds a job, by its name: the widest, if several do. In a group it has begun less than ten days ago,
 * and the message is not older; but for that of a suspended tenant.
 */
export function pauseOf(job: PausableJob, pauses: PausesByName, now: number): string | undefined {
  return namesFor(job).find((name) => {
    const found = pauses.get(name);
    if (!found || !isActive(found, now)) return false;
    return job.queue !== 'ordered' || !isTooLongForGroups(name, Math.min(found.at, job.sentAt ?? now), now);
  });
}

const refuses = (one: Pause | undefined, now: number): one is Pause =>
  one?.submissions === 'refuse' && isActive(one, now);

/** Whether any pause refuses submissions. */
export const isAnyRefusing = (pauses: PausesByName, now: number): boolean =>
  [...pauses.values()].some((one) => refuses(one, now));

/**
 * The pause that refuses the submission of a job, with its name: the one that ends last, since the client is told when
 * to come again.
 */
export function refusingPauseOf(
  job: PausableJob,
  pauses: PausesByName,
  now: number,
): { readonly name: string; readonly until: number | undefined } | undefined {
  const endOf = (name: string) => pauses.get(name)?.until ?? Infinity;
  const [name] = namesFor(job)
    .filter((each) => refuses(pauses.get(each), now))
    .sort((one, other) => endOf(other) - endOf(one));
  return name === undefined ? undefined : { name, until: pauses.get(name)?.until };
}
