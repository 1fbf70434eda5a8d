import { type CronField, type CronValues, readCronField } from './cron-field.ts';

/** A Unix cron of five fields, read. A field without a limit has all of its values. */
export interface Cron {
  readonly minutes: CronValues;
  readonly hours: CronValues;
  readonly daysOfMonth: CronValues;
  /** 1 is January. */
  readonly months: CronValues;
  /** 0 is Sunday. */
  readonly daysOfWeek: CronValues;
}

// Pure, so that a bundle which checks no cron has none of it.
const monthNames = /* @__PURE__ */ 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const dayNames = /* @__PURE__ */ 'SUN MON TUE WED THU FRI SAT'.split(' ');

const fields = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: monthNames },
  { name: 'day of the week', min: 0, max: 7, names: dayNames }, // both 0 and 7 are Sunday
] as const satisfies readonly CronField[];

/** What the words of some crons stand for. */
const words: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

/** Of ScheduleExpression (https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html). */
const maxExpressionLength = 256;

/**
 * Reads a Unix cron: minute, hour, day of the month, month, day of the week. A field is `*`, or a comma list of values,
 * ranges, and ranges with a step; months and days of the week may have their English names of three letters.
 * @returns what it says; or its problems, each with what to write. What EventBridge Scheduler cannot say is a problem
 */
export function parseCron(text: string): { readonly cron: Cron } | { readonly problems: readonly string[] } {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== fields.length) return { problems: [problemOfForm(text.trim(), parts.length)] };
  const read = fields.map((field, at) => readCronField(parts[at] ?? '', field));
  const problems = [...read.filter((values) => typeof values === 'string'), ...problemsOfDays(parts)];
  if (problems.length > 0) return { problems };
  const [minutes = [], hours = [], daysOfMonth = [], months = [], weekdays = []] = read.filter(
    (values) => typeof values !== 'string',
  );
  const daysOfWeek = [...new Set(weekdays.map((day) => day % 7))].sort((a, b) => a - b);
  const cron = { minutes, hours, daysOfMonth, months, daysOfWeek };
  const late = problemsOfWhole(cron);
  return late.length > 0 ? { problems: late } : { cron };
}

/** The same for a cron that was checked before. @throws RangeError for any other */
export function requireCron(text: string): Cron {
  const parsed = parseCron(text);
  if ('problems' in parsed) throw new RangeError(parsed.problems.join(' '));
  return parsed.cron;
}

function problemOfForm(text: string, count: number): string {
  const word = words.get(text.toLowerCase());
  if (word !== undefined) return `the cron is "${text}". Write ${word}.`;
  const hint = count === 6 ? ' There are no seconds and no years.' : '';
  return `the cron is "${text}". Write five fields: minute, hour, day of the month, month, day of the week.${hint}`;
}

/**
 * Cron takes two limits on days for "either", unless one of them begins with `*`: then some take them for "both".
 * Scheduler has no expression with both.
 */
function problemsOfDays([minute, hour, dayOfMonth, month, dayOfWeek]: readonly string[]): readonly string[] {
  if (dayOfMonth === '*' || dayOfWeek === '*') return [];
  const two = `${minute} ${hour} ${dayOfMonth} ${month} * and ${minute} ${hour} * ${month} ${dayOfWeek}`;
  return [
    `the cron has a day of the month and a day of the week. EventBridge Scheduler takes one of them. If you mean either, as Unix does, make two schedules: ${two}. If you mean both, take one of them, and let the handler look at the date.`,
  ];
}

const daysOf = (month: number): number => new Date(Date.UTC(2024, month, 0)).getUTCDate();

function problemsOfWhole(cron: Cron): readonly string[] {
  const [first = 1] = cron.daysOfMonth;
  if (cron.months.every((month) => first > daysOf(month)))
    return ['the cron never comes: none of its months has such a day.'];
  const { length } = toSchedulerExpression(cron);
  if (length <= maxExpressionLength) return [];
  return [
    `the cron would be an expression of ${length} characters. EventBridge Scheduler takes ${maxExpressionLength}. Make two schedules of it.`,
  ];
}

/**
 * The expression of EventBridge Scheduler for the same times. A field is `*`, one range, or a list of single values.
 * That is all that the documentation is exact about: it does not say how steps, ranges and lists combine
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based).
 */
export function toSchedulerExpression(cron: Cron): string {
  const everyDayOfWeek = cron.daysOfWeek.length === dayNames.length;
  const all = [
    written(cron.minutes, 60),
    written(cron.hours, 24),
    everyDayOfWeek ? written(cron.daysOfMonth, 31) : '?',
    written(cron.months, 12),
    // By names, since the numbers are others: there, 1 is Sunday.
    everyDayOfWeek ? '?' : written(cron.daysOfWeek, 7, (day) => dayNames[day] ?? ''),
    '*',
  ];
  return `cron(${all.join(' ')})`;
}

/** The cron as Unix has it, without names and steps: libraries read those in several ways, such as `SUN-SUN`. */
export const toPlainCron = (cron: Cron): string =>
  [
    written(cron.minutes, 60),
    written(cron.hours, 24),
    written(cron.daysOfMonth, 31),
    written(cron.months, 12),
    written(cron.daysOfWeek, 7),
  ].join(' ');

function written(values: CronValues, size: number, nameOf: (value: number) => string = String): string {
  if (values.length === size) return '*';
  const [first = 0] = values;
  const isRange = values.length > 2 && values.every((value, at) => value === first + at);
  return isRange
    ? `${nameOf(first)}-${nameOf(first + values.length - 1)}`
    : values.map((value) => nameOf(value)).join(',');
}
