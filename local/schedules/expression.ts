import { occurrencesAfter } from '../../shared/domain/schedules/occurrences.ts';
import type { ScheduleDefinition } from './definition.ts';
import { SchedulerError } from './scheduler-error.ts';

/** When a schedule comes. */
export interface Timing {
  readonly isRecurring: boolean;
  /** The next time that is not before `from`, epoch milliseconds. */
  next(from: number): number | undefined;
}

const atPattern = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/;
const cronPattern = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) \*\)$/;

/**
 * Reads `at(...)` in UTC, and `cron(...)` of each year in any time zone. Others are not supported here.
 * @throws SchedulerError
 */
export function timingOf({
  ScheduleExpression: text,
  ScheduleExpressionTimezone: timeZone,
}: Pick<ScheduleDefinition, 'ScheduleExpression' | 'ScheduleExpressionTimezone'>): Timing {
  const at = Date.parse(`${atPattern.exec(text)?.[1]}Z`);
  if (Number.isFinite(at) && timeZone === 'UTC')
    return { isRecurring: false, next: (from) => (at < from ? undefined : at) };
  const [, minute, hour, day, month, weekday] = cronPattern.exec(text) ?? [];
  if (minute === undefined || weekday === undefined) throw invalid(text);
  const cron = [minute, hour, day, month, weekdayFromZero(weekday)].join(' ').replaceAll('?', '*');
  const next = (from: number) => occurrencesAfter({ cron, timeZone }, from - 1, 1)[0];
  try {
    next(0);
  } catch {
    throw invalid(text);
  }
  return { isRecurring: true, next };
}

/** Scheduler counts from Sunday as 1, and cron from Sunday as 0. What is behind a `/` or a `#` is no weekday. */
const weekdayFromZero = (field: string): string =>
  field.replace(/(?<![/#\d])\d/g, (digit) => String(Number(digit) - 1));

const invalid = (text: string) =>
  new SchedulerError('ValidationException', `Invalid Schedule Expression ${text}.`);
