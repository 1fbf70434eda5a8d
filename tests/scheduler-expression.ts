/**
 * A reader of EventBridge Scheduler's cron expressions, as its documentation describes them, for those that this project
 * writes. It shares nothing with the code that writes them.
 */

const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const day = 24 * 3600_000;

/** Accepts a value or not. */
type Field = (value: number) => boolean;

function readField(text: string, min: number, max: number): Field {
  if (text === '*') return () => true;
  const number = (part: string): number => {
    const named = dayNames.indexOf(part);
    const value = named === -1 ? Number(part) : named + 1;
    if (!(Number.isInteger(value) && value >= min && value <= max)) throw new Error(`${part} in ${text}`);
    return value;
  };
  if (text.includes('-')) {
    const [from = '', to = '', ...more] = text.split('-');
    if (more.length > 0 || number(from) > number(to)) throw new Error(text);
    return (value) => value >= number(from) && value <= number(to);
  }
  const list = text.split(',').map(number);
  return (value) => list.includes(value);
}

/**
 * The first minutes after a time at which an expression fires, in UTC, as epoch milliseconds.
 * @throws Error for what the documentation does not have
 */
export function minutesOf(expression: string, after: number, count: number): readonly number[] {
  const fields = /^cron\(([^ ()]+) ([^ ()]+) ([^ ()]+) ([^ ()]+) ([^ ()]+) \*\)$/.exec(expression)?.slice(1);
  if (fields === undefined) throw new Error(expression);
  const [minutes = '', hours = '', daysOfMonth = '', months = '', daysOfWeek = ''] = fields;
  // "You can't use * in both the Day-of-month and Day-of-week fields. If you use it in one, you must use ? in the other."
  if ((daysOfMonth === '?') === (daysOfWeek === '?')) throw new Error(expression);
  const any: Field = () => true;
  const isMinute = readField(minutes, 0, 59);
  const isHour = readField(hours, 0, 23);
  const isDay = daysOfMonth === '?' ? any : readField(daysOfMonth, 1, 31);
  const isMonth = readField(months, 1, 12);
  const isWeekday = daysOfWeek === '?' ? any : readField(daysOfWeek, 1, 7);
  const found: number[] = [];
  const end = after + 40 * 366 * day;
  for (let date = after - (after % day); date < end && found.length < count; date += day) {
    const at = new Date(date);
    if (!(isDay(at.getUTCDate()) && isMonth(at.getUTCMonth() + 1) && isWeekday(at.getUTCDay() + 1))) continue;
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      const time = date + minute * 60_000;
      if (time > after && isHour(Math.floor(minute / 60)) && isMinute(minute % 60)) found.push(time);
    }
  }
  return found.slice(0, count);
}
