import { NewerVersionError } from '../domain/base/errors.ts';
import { pastOccurrences } from '../domain/schedules/past-occurrences.ts';
import { type Schedule, scheduledJobId } from '../domain/schedules/schedule.ts';
import type { Memory } from '../domain/watch/memory.ts';
import type { LookDependencies } from './dependencies.ts';

/** A recurring schedule whose last occurrence has no job. */
export interface Overdue {
  readonly schedule: string;
  readonly at: number;
}

interface Now {
  readonly now: number;
  readonly memory: Memory;
}

const minuteMs = 60_000;
/** Scheduler fires within the minute, and admission then makes the job. */
const graceMs = 10 * minuteMs;
/** Of a schedule that is rarer than that, nothing is missed: it is looked at while its occurrence is fresh. */
const lookedBackMs = 14 * 24 * 60 * minuteMs;

/** A schedule that is written in another way has other occurrences. */
const keyOf = ({ name, cron, timeZone, tenant }: Schedule): string =>
  [name, cron, timeZone, tenant].join(' ');

/**
 * Since when each schedule must have made its jobs: a new one has none before, and one that is paused makes none.
 * @param paused the names of those that are paused now
 */
const schedulesSince = (
  schedules: readonly Schedule[],
  { now, memory }: Now,
  paused: ReadonlySet<string>,
): Memory['schedules'] =>
  Object.fromEntries(
    schedules
      .filter(({ name }) => !paused.has(name))
      .map((schedule) => [keyOf(schedule), memory.schedules[keyOf(schedule)] ?? now]),
  );

/** How it is with the recurring schedules. */
export interface SeenSchedules {
  readonly since: Memory['schedules'];
  readonly overdue: readonly Overdue[];
}

/** Finds those whose last occurrence should have made a job, and has not. @throws StoreUnavailableError */
export async function lookAtSchedules(
  seen: Now,
  { recurring, paused, jobs }: Pick<LookDependencies, 'recurring' | 'paused' | 'jobs'>,
): Promise<SeenSchedules> {
  if (recurring.length === 0) return { since: {}, overdue: [] };
  const since = schedulesSince(recurring, seen, await paused.read());
  const found = recurring.map(async (schedule): Promise<readonly Overdue[]> => {
    const from = since[keyOf(schedule)];
    const until = seen.now - graceMs;
    if (from === undefined || from >= until) return [];
    const range = { since: Math.max(from, seen.now - lookedBackMs), until };
    const [at] = pastOccurrences(schedule, range, 1);
    if (at === undefined) return [];
    return (await isMade(scheduledJobId(schedule, at), jobs)) ? [] : [{ schedule: schedule.name, at }];
  });
  return { since, overdue: (await Promise.all(found)).flat() };
}

/** A job that only newer code can read was made. */
const isMade = (id: string, jobs: LookDependencies['jobs']): Promise<boolean> =>
  jobs.read(id).then(Boolean, (error: unknown) => {
    if (error instanceof NewerVersionError) return true;
    throw error;
  });
