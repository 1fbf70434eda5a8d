import type { Clock } from '../../domain/base/ports.ts';
import { occurrencesAfter } from '../../domain/schedules/occurrences.ts';
import { pastOccurrences } from '../../domain/schedules/past-occurrences.ts';
import type { PausedSchedules } from '../../domain/schedules/paused-schedules.ts';
import { type Schedule, scheduledJobId, tagOfSchedule } from '../../domain/schedules/schedule.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { type ListDependencies, listJobs } from './list-jobs.ts';

/** A schedule, and how it is with it. */
export interface ScheduleState {
  readonly schedule: Schedule;
  readonly isPaused: boolean;
  /** Epoch milliseconds. While it is paused they make no job. */
  readonly nextRuns: readonly number[];
  /** The newest first. */
  readonly lastJobs: readonly JobItem[];
}

export interface ListSchedulesDependencies extends ListDependencies {
  readonly paused: PausedSchedules;
  readonly clock: Clock;
  /** How long a finished job is kept. */
  readonly retentionMs: number;
}

const shownRuns = 5;
const shownJobs = 5;
/** Of these, in all, jobs are found that were started by hand. A unit of reading each. */
const maxListed = 500;
const maxListedOfTenant = 100;
/** Of failed jobs, whose message is kept, 25 may have 10 MB. */
const readAtOnce = 25;

/**
 * The schedules with their next runs and last jobs. The jobs of their last occurrences are read by their ids, which
 * follow from the occurrences. Those that were started by hand are found while they are among the newest of their
 * tenant's list: 100, and fewer if the schedules are of more than five tenants. A job that only newer code can read is
 * left out.
 * @throws StoreUnavailableError
 */
export async function listSchedules(
  schedules: readonly Schedule[],
  deps: ListSchedulesDependencies,
): Promise<readonly ScheduleState[]> {
  const now = deps.clock.now();
  const [paused, occurred, listed] = await Promise.all([
    deps.paused.read(),
    occurredJobs(schedules, now, deps),
    newestJobs(schedules, deps),
  ]);
  const jobs = new Map([...occurred, ...listed].map((job) => [job.id, job]));
  return schedules.map((schedule) => ({
    schedule,
    isPaused: paused.has(schedule.name),
    nextRuns: occurrencesAfter(schedule, now, shownRuns),
    lastJobs: lastOf(schedule, [...jobs.values()]),
  }));
}

function lastOf({ name, tenant }: Schedule, jobs: readonly JobItem[]): readonly JobItem[] {
  const tag = tagOfSchedule(name);
  return jobs
    .filter((job) => job.tenant === tenant && !job.erased && job.tags?.includes(tag))
    .sort((one, other) => other.createdAt - one.createdAt)
    .slice(0, shownJobs);
}

/** The jobs of the last occurrences, as far as there are any. */
async function occurredJobs(
  schedules: readonly Schedule[],
  now: number,
  { list, retentionMs }: ListSchedulesDependencies,
): Promise<readonly JobItem[]> {
  const all = schedules.flatMap((schedule) =>
    pastOccurrences(schedule, { since: now - retentionMs, until: now }, shownJobs).map((at) =>
      scheduledJobId(schedule, at),
    ),
  );
  // Occurrences may have one unique job, and DynamoDB refuses a read that names an item twice.
  const ids = [...new Set(all)];
  const parts = Array.from({ length: Math.ceil(ids.length / readAtOnce) }, (_, part) =>
    ids.slice(part * readAtOnce, (part + 1) * readAtOnce),
  );
  const pages = await Promise.all(parts.map((part) => list.read(part)));
  return pages.flatMap(({ items }) => items);
}

async function newestJobs(
  schedules: readonly Schedule[],
  deps: ListSchedulesDependencies,
): Promise<readonly JobItem[]> {
  const tenants = [...new Set(schedules.map(({ tenant }) => tenant))];
  const limit = Math.max(1, Math.min(maxListedOfTenant, Math.floor(maxListed / tenants.length)));
  const pages = await Promise.all(tenants.map((tenant) => listJobs({ tenant, filter: {}, limit }, deps)));
  return pages.flatMap(({ jobs }) => jobs);
}
