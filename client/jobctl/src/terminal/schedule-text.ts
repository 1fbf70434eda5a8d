import { zonedText } from '../../../../shared/time-text/zoned-text.ts';
import { tenantText } from '../arguments/tenant.ts';
import type { Schedule } from '../library.ts';
import { statusText } from './job-text.ts';
import type { Colors } from './output.ts';
import { plainText } from './plain-text.ts';

/** A schedule for people. Times are by the clocks of its zone. */
export function describeSchedule(schedule: Schedule, colors: Colors): string {
  const { name, cron, timeZone, type, tenant, paused, lastJobs } = schedule;
  return [
    `${colors.bold(plainText(name))}${paused ? colors.yellow('  paused') : ''}`,
    `  ${plainText(`${type} for ${tenantText(tenant)}: ${cron}, ${timeZone}`)}`,
    `  next: ${paused ? 'none until it is resumed' : nextRunOf(schedule)}`,
    ...lastJobs.map((job) => describeLastJob(job, schedule, colors)),
  ].join('\n');
}

/** When it comes next. */
export const nextRunOf = ({ nextRuns: [next], timeZone }: Schedule): string =>
  next === undefined ? 'never' : zonedText(next, timeZone);

/** A job that was started by hand has no time for which it is. */
const describeLastJob = (
  { id, status, runAt, createdAt }: Schedule['lastJobs'][number],
  { timeZone }: Schedule,
  colors: Colors,
): string =>
  `  ${id}  ${statusText(status, colors, 9)}  ${runAt === undefined ? 'by hand at' : 'for'} ${zonedText(runAt ?? createdAt, timeZone)}`;
