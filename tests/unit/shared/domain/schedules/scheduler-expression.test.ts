import { describe, expect, test } from '@jest/globals';
import { CronExpressionParser } from 'cron-parser';
import fc from 'fast-check';
import { IANAZone } from 'luxon';
import { parseCron, toSchedulerExpression } from '../../../../../shared/domain/schedules/cron.ts';
import { occurrencesAfter } from '../../../../../shared/domain/schedules/occurrences.ts';
import { anyText } from '../../../../any-text.ts';
import { minutesOf } from '../../../../scheduler-expression.ts';
import { occurrencesOfYear, year, yearCrons, yearZones } from '../../../../year-of-occurrences.ts';

const monthNames = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const dayNames = 'SUN MON TUE WED THU FRI SAT'.split(' ');

/** A value, a range, either with a step or not. */
const item = (min: number, max: number, names: readonly string[]) => {
  const text = (value: number, named: boolean) => (named && names[value - min]) || String(value);
  const value = fc.tuple(fc.integer({ min, max }), fc.boolean()).map(([at, named]) => text(at, named));
  const range = fc
    .tuple(fc.integer({ min, max }), fc.integer({ min, max }), fc.integer({ min: 0, max: 9 }), fc.boolean())
    .map(([one, other, step, named]) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      // Only the first and the last day of the week are in the names twice.
      const span = `${text(from, named)}-${text(to, named && to - min < (names.length || 99))}`;
      return step === 0 || step > to - from ? span : `${span}/${step}`;
    });
  const step = fc.integer({ min: 1, max: max - min }).map((each) => `*/${each}`);
  return fc.oneof(value, range, step);
};

const field = (min: number, max: number, names: readonly string[] = []) =>
  fc.oneof(
    fc.constant('*'),
    fc.array(item(min, max, names), { minLength: 1, maxLength: 4 }).map((items) => items.join(',')),
  );

/** Either a day of the month, or a day of the week, or none. */
const days = fc.oneof(
  field(1, 31).map((day) => ({ day, weekday: '*' })),
  field(0, 7, dayNames).map((weekday) => ({ day: '*', weekday })),
);
const crons = fc
  .tuple(field(0, 59), field(0, 23), days, field(1, 12, monthNames))
  .map(([minute, hour, { day, weekday }, month]) => `${minute} ${hour} ${day} ${month} ${weekday}`);
const starts = fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2032, 0) });

const fieldNames = ['minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek'] as const;

/** The values of a field by another library. It refuses a list with a value twice, so it reads the parts one by one. */
function valuesOf(text: string, at: number): readonly number[] {
  const values = text.split(',').flatMap((part) => {
    const cron = fieldNames.map((_, index) => (index === at ? part : '*')).join(' ');
    return CronExpressionParser.parse(cron).fields[fieldNames[at] ?? 'minute'].values.map(Number);
  });
  return [...new Set(values.map((value) => (at === 4 ? value % 7 : value)))];
}

/** When a cron comes by another library, in UTC. */
function timesByCronParser(cron: string, after: number, count: number): readonly number[] {
  const plain = cron.split(' ').map((text, at) => (text === '*' ? text : valuesOf(text, at).join(',')));
  const times = CronExpressionParser.parse(plain.join(' '), { tz: 'UTC', currentDate: new Date(after) });
  return times.take(count).map((time) => time.getTime());
}

describe('the expression of a cron', () => {
  test('has the times that other libraries take the cron for, and the occurrences do, too', () => {
    fc.assert(
      fc.property(crons, starts, (cron, after) => {
        const parsed = parseCron(cron);
        if ('problems' in parsed) {
          // Of what is drawn here, only these are refused.
          expect(parsed.problems).toEqual([expect.stringMatching(/never comes|would be an expression of/)]);
          return;
        }
        const expression = toSchedulerExpression(parsed.cron);
        const times = timesByCronParser(cron, after, 12);
        expect(expression.length).toBeLessThanOrEqual(256);
        expect(minutesOf(expression, after, 12)).toEqual(times);
        expect(occurrencesAfter({ cron, timeZone: 'UTC' }, after, 12)).toEqual(times);
      }),
    );
  });

  test('is refused where the cron never comes, and only there', () => {
    const seldom = fc
      .tuple(fc.integer({ min: 28, max: 31 }), field(1, 12))
      .map(([day, month]) => `0 0 ${day} ${month} *`);
    fc.assert(
      fc.property(seldom, (cron) => {
        const days = Array.from({ length: 4 * 366 }, (_, day) => new Date(Date.UTC(2024, 0, 1 + day)));
        const [, , day, months = ''] = cron.split(' ');
        const comes = days.some(
          (date) => date.getUTCDate() === Number(day) && valuesOf(months, 3).includes(date.getUTCMonth() + 1),
        );
        expect('cron' in parseCron(cron)).toBe(comes);
      }),
    );
  });

  test('is refused in words, whatever the cron is, or has occurrences', () => {
    const text = fc.array(fc.constantFrom(...'0159*,/-?#L@ '.split(''), 'SUN', 'MON', 'JAN', '-1', '1/2'), {
      maxLength: 12,
    });
    const any = fc.oneof(
      text.map((parts) => parts.join('')),
      fc
        .array(text, { minLength: 5, maxLength: 5 })
        .map((five) => five.map((parts) => parts.slice(0, 3).join('')).join(' ')),
      anyText(),
    );
    fc.assert(
      fc.property(any, (cron) => {
        const parsed = parseCron(cron);
        if ('problems' in parsed) expect(parsed.problems.join('\n')).toMatch(/\w/);
        else expect(occurrencesAfter({ cron, timeZone: 'UTC' }, Date.UTC(2026, 0), 1)).toHaveLength(1);
      }),
    );
  });
});

const minute = 60_000;
/** Clocks change on a quarter of an hour. In minutes. */
const quarter = 15;
const dayMinutes = 24 * 60;

/** A minute of the year: when it is, and what clocks show, both in minutes. */
interface Shown {
  readonly at: number;
  readonly local: number;
}

/** What luxon says of the offset at a minute. Only on a day that begins and ends with two offsets it is asked for each time. */
function offsetsOf(timeZone: string): (at: number) => number {
  const zone = IANAZone.create(timeZone);
  const ofDays = new Map<number, number>();
  const ofDay = (day: number): number => {
    const known = ofDays.get(day) ?? zone.offset(day * dayMinutes * minute);
    ofDays.set(day, known);
    return known;
  };
  return (at) => {
    const day = Math.floor(at / dayMinutes);
    return ofDay(day) === ofDay(day + 1) ? ofDay(day) : zone.offset(at * minute);
  };
}

/**
 * The minutes of the year that clocks of a zone show for the first time. It takes what luxon says of the offset, and turns
 * no local time into an instant: so it cannot do that wrong.
 */
function minutesOfYear(timeZone: string): readonly Shown[] {
  const offsetAt = offsetsOf(timeZone);
  const shown: Shown[] = [];
  let offset = 0;
  let latest = Number.NEGATIVE_INFINITY;
  for (let at = year.from / minute; at < year.until / minute; at += 1) {
    if (at % quarter === 0) offset = offsetAt(at);
    const local = at + offset;
    if (local <= latest) continue;
    shown.push({ at, local });
    latest = local;
  }
  return shown;
}

/** When a cron comes: at each minute that clocks show for the first time, and that another library takes for its own. */
function expectedOccurrences(cron: string, minutes: readonly Shown[]): readonly number[] {
  const { fields } = CronExpressionParser.parse(cron);
  const valuesIn = (field: { readonly values: readonly (number | string)[] }) => new Set(field.values);
  const [ofMinute, ofHour] = [valuesIn(fields.minute), valuesIn(fields.hour)];
  const [ofDay, ofMonth, ofWeekday] = [
    valuesIn(fields.dayOfMonth),
    valuesIn(fields.month),
    valuesIn(fields.dayOfWeek),
  ];
  return minutes
    .filter(({ local }) => ofMinute.has(local % 60) && ofHour.has(Math.floor(local / 60) % 24))
    .filter(({ local }) => {
      const date = new Date(local * minute);
      return (
        ofDay.has(date.getUTCDate()) && ofMonth.has(date.getUTCMonth() + 1) && ofWeekday.has(date.getUTCDay())
      );
    })
    .map(({ at }) => at * minute);
}

describe('year of occurrences', () => {
  describe.each(yearZones)('a year in %s', (timeZone) => {
    const minutes = minutesOfYear(timeZone);

    test.each(yearCrons)('has the occurrences of %s that clocks and another library have', (cron) => {
      expect(occurrencesOfYear({ cron, timeZone })).toEqual(expectedOccurrences(cron, minutes));
    });
  });

  test('the year has times that clocks leave out, and times that they show twice', () => {
    const counts = (cron: string) =>
      yearZones.map((timeZone) => occurrencesOfYear({ cron, timeZone }).length);
    expect(counts('15 2 * * *')).toEqual([365, 365, 365, 366]);
    // In Lord Howe, clocks go from 2:00 to 2:30, and from 2:00 to 1:30.
    expect(counts('30 2 * * *')).toEqual([365, 365, 366, 366]);
  });
});
