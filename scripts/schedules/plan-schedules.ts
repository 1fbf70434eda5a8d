import { requireCron, toSchedulerExpression } from '../../shared/domain/schedules/cron.ts';
import { occurrencesAfter } from '../../shared/domain/schedules/occurrences.ts';
import type { Schedule } from '../../shared/domain/schedules/schedule.ts';
import { zonedText } from '../../shared/time-text/zoned-text.ts';

/** A schedule as it would be deployed, and when it comes next. */
export interface PlannedSchedule extends Pick<Schedule, 'name' | 'cron' | 'timeZone' | 'type' | 'tenant'> {
  /** Of EventBridge Scheduler. */
  readonly expression: string;
  /** The same times, twice: as clocks of the zone show them, and ISO 8601 in UTC. */
  readonly nextRuns: readonly { readonly local: string; readonly utc: string }[];
}

const shownRuns = 5;

/** @param now epoch milliseconds */
export const planSchedules = (schedules: readonly Schedule[], now: number): readonly PlannedSchedule[] =>
  schedules.map(({ name, cron, timeZone, type, tenant }) => ({
    name,
    cron,
    timeZone,
    type,
    tenant,
    expression: toSchedulerExpression(requireCron(cron)),
    nextRuns: occurrencesAfter({ cron, timeZone }, now, shownRuns)
      .map((at) => new Date(at).toISOString())
      .map((utc) => ({ local: zonedText(utc, timeZone), utc })),
  }));

/** For people: a paragraph for each schedule. */
export const describePlan = (planned: readonly PlannedSchedule[]): string =>
  planned.length === 0
    ? 'There are no schedules: job-types/schedules.ts is empty.'
    : planned.map(describeSchedule).join('\n\n');

function describeSchedule(schedule: PlannedSchedule): string {
  const { name, cron, timeZone, type, tenant, expression, nextRuns } = schedule;
  const width = Math.max(...nextRuns.map(({ local }) => local.length));
  return [
    `${name}: ${type} for ${tenant}`,
    `  ${cron}, ${timeZone}`,
    `  ${expression}`,
    ...nextRuns.map(({ local, utc }) => `  ${local.padEnd(width)}  ${utc}`),
  ].join('\n');
}
