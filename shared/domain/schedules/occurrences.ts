import { Cron } from 'croner';
import { requireCron, toPlainCron } from './cron.ts';
import { localTimeIn } from './local-time.ts';
import type { Schedule } from './schedule.ts';

/**
 * When a schedule comes next: `count` times, strictly after `after`, as epoch milliseconds. There are fewer only near
 * the year 10,000.
 *
 * It comes as EventBridge Scheduler does it. A local time that is left out when clocks go forward is left out. A local
 * time that comes twice when clocks go back counts once, the first time
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time).
 * @throws RangeError for a cron or a time zone that `defineSchedules` refuses, such as a cron for 30 February
 */
export function occurrencesAfter(
  { cron, timeZone }: Pick<Schedule, 'cron' | 'timeZone'>,
  after: number,
  count: number,
): readonly number[] {
  // croner has other rules for daylight saving. So it only says what clocks show: it does not know the zone.
  const pattern = new Cron(toPlainCron(requireCron(cron)), { mode: '5-part', utcOffset: 0, paused: true });
  const clocks = localTimeIn(timeZone);
  const occurrences: number[] = [];
  let local = pattern.nextRun(new Date(clocks.localOf(after)));
  while (local !== null && occurrences.length < count) {
    const instant = clocks.instantOf(local.getTime());
    if (instant !== undefined && instant > after) occurrences.push(instant);
    local = pattern.nextRun(local);
  }
  return occurrences;
}
