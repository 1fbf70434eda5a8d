import { describe, expect, test } from '@jest/globals';
import { CronExpressionParser } from 'cron-parser';
import { IANAZone } from 'luxon';
import { occurrencesOfYear, year, yearCrons, yearZones } from '../../../year-of-occurrences.ts';

const minute = 60_000;
/** Clocks change on a quarter of an hour. In minutes. */
const quarter = 15;

/** A minute of the year: when it is, and what clocks show, both in minutes. */
interface Shown {
  readonly at: number;
  readonly local: number;
}

/**
 * The minutes of the year that clocks of a zone show for the first time. It takes what luxon says of the offset, and turns
 * no local time into an instant: so it cannot do that wrong.
 */
function minutesOfYear(timeZone: string): readonly Shown[] {
  const zone = IANAZone.create(timeZone);
  const shown: Shown[] = [];
  let offset = 0;
  let latest = Number.NEGATIVE_INFINITY;
  for (let at = year.from / minute; at < year.until / minute; at += 1) {
    if (at % quarter === 0) offset = zone.offset(at * minute);
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

describe.each(yearZones)('a year in %s', (timeZone) => {
  const minutes = minutesOfYear(timeZone);

  test.each(yearCrons)('has the occurrences of %s that clocks and another library have', (cron) => {
    expect(occurrencesOfYear({ cron, timeZone })).toEqual(expectedOccurrences(cron, minutes));
  });
});

test('the year has times that clocks leave out, and times that they show twice', () => {
  const counts = (cron: string) => yearZones.map((timeZone) => occurrencesOfYear({ cron, timeZone }).length);
  expect(counts('15 2 * * *')).toEqual([365, 365, 365, 366]);
  // In Lord Howe, clocks go from 2:00 to 2:30, and from 2:00 to 1:30.
  expect(counts('30 2 * * *')).toEqual([365, 365, 366, 366]);
});
