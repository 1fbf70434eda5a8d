import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { firesAt, isWithinDelay } from '../../../../../shared/domain/base/schedule-time.ts';
import { parseCron, toSchedulerExpression } from '../../../../../shared/domain/schedules/cron.ts';
import { occurrencesAfter } from '../../../../../shared/domain/schedules/occurrences.ts';
import { pastOccurrences } from '../../../../../shared/domain/schedules/past-occurrences.ts';
import { shortHash } from '../../../../../shared/domain/state/job/pointer.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { dayMs } from '../../../../set-ups/samples.ts';

/** The expression for a cron, or its problems. */
const translated = (text: string): string | readonly string[] => {
  const parsed = parseCron(text);
  return 'cron' in parsed ? toSchedulerExpression(parsed.cron) : parsed.problems;
};

describe('a cron', () => {
  test('is read as its values', () => {
    expect(parseCron('*/20 8-10 1,15 JAN,jun-aug *')).toEqual({
      cron: {
        minutes: [0, 20, 40],
        hours: [8, 9, 10],
        daysOfMonth: [1, 15],
        months: [1, 6, 7, 8],
        daysOfWeek: [0, 1, 2, 3, 4, 5, 6],
      },
    });
  });

  test.each([
    ['* * * * *', 'cron(* * * * ? *)'],
    ['0 3 * * *', 'cron(0 3 * * ? *)'],
    ['  00   03 * * * ', 'cron(0 3 * * ? *)'],
    ['*/15 * * * *', 'cron(0,15,30,45 * * * ? *)'],
    ['1-30/7 * * * *', 'cron(1,8,15,22,29 * * * ? *)'],
    ['0 9-17 * * *', 'cron(0 9-17 * * ? *)'],
    ['0 9-17,20 * * *', 'cron(0 9,10,11,12,13,14,15,16,17,20 * * ? *)'],
    ['0-59 0-23 1-31 1-12 0-6', undefined],
    ['0-59 0-23 1-31 1-12 *', 'cron(* * * * ? *)'],
    ['0 0 1 */3 *', 'cron(0 0 1 1,4,7,10 ? *)'],
    ['0 0 1-7 * *', 'cron(0 0 1-7 * ? *)'],
    ['0 0 29 FEB *', 'cron(0 0 29 2 ? *)'],
    ['30 7 * * 1-5', 'cron(30 7 ? * MON-FRI *)'],
    ['30 7 * * mon,Wed', 'cron(30 7 ? * MON,WED *)'],
    ['0 0 * * 0', 'cron(0 0 ? * SUN *)'],
    ['0 0 * * 7', 'cron(0 0 ? * SUN *)'],
    ['0 0 * * 6,7', 'cron(0 0 ? * SUN,SAT *)'],
    ['0 0 * * 5-7', 'cron(0 0 ? * SUN,FRI,SAT *)'],
    ['0 0 * * SUN-TUE', 'cron(0 0 ? * SUN-TUE *)'],
    ['0 0 * * 1-7', 'cron(0 0 * * ? *)'],
    ['0 0 * * */2', 'cron(0 0 ? * SUN,TUE,THU,SAT *)'],
  ])('%s is %s', (cron, expression) => {
    if (expression !== undefined) expect(translated(cron)).toBe(expression);
    else expect(translated(cron)).toEqual([expect.stringContaining('make two schedules')]);
  });
});

describe('a cron that is none of this form', () => {
  test.each([
    ['', 'the cron is "". Write five fields: minute, hour, day of the month, month, day of the week.'],
    [
      '0 0 3 * * *',
      'the cron is "0 0 3 * * *". Write five fields: minute, hour, day of the month, month, day of the week. There are no seconds and no years.',
    ],
    ['@hourly', 'the cron is "@hourly". Write 0 * * * *.'],
    ['@Weekly', 'the cron is "@Weekly". Write 0 0 * * 0.'],
    [
      '@reboot',
      'the cron is "@reboot". Write five fields: minute, hour, day of the month, month, day of the week.',
    ],
    [
      'constructor',
      'the cron is "constructor". Write five fields: minute, hour, day of the month, month, day of the week.',
    ],
    ['60 0 * * *', 'the minute is "60": "60" is no value. Use 0 to 59, or *.'],
    ['0 24 * * *', 'the hour is "24": "24" is no value. Use 0 to 23, or *.'],
    ['0 0 0 * *', 'the day of the month is "0": "0" is no value. Use 1 to 31, or *.'],
    ['0 0 1 13 *', 'the month is "13": "13" is no value. Use 1 to 12, or JAN to DEC, or *.'],
    ['0 0 * * 8', 'the day of the week is "8": "8" is no value. Use 0 to 7, or SUN to SAT, or *.'],
    [
      '0 0 * * MONDAY',
      'the day of the week is "MONDAY": "MONDAY" is no value. Use 0 to 7, or SUN to SAT, or *.',
    ],
    [
      '0 0 L * *',
      'the day of the month is "L": "L" is no value. Use 1 to 31, or *. L, W, # and ? are not of this cron.',
    ],
    [
      '0 0 ? * *',
      'the day of the month is "?": "?" is no value. Use 1 to 31, or *. L, W, # and ? are not of this cron.',
    ],
    ['1,,2 * * * *', 'the minute is "1,,2": "" is no value. Use 0 to 59, or *.'],
    ['-5 * * * *', 'the minute is "-5": "" is no value. Use 0 to 59, or *.'],
    ['1.5 * * * *', 'the minute is "1.5": "1.5" is no value. Use 0 to 59, or *.'],
    ['1-2-3 * * * *', 'the minute is "1-2-3": 1-2-3 is no range. Write one, such as 0-59.'],
    ['0 22-6 * * *', 'the hour is "22-6": 22-6 runs backwards. Write 0-6,22-23.'],
    ['0 0 * * FRI-SUN', 'the day of the week is "FRI-SUN": FRI-SUN runs backwards. Write 0,5-6.'],
    ['0 0 * * SAT-MON', 'the day of the week is "SAT-MON": SAT-MON runs backwards. Write 0-1,6.'],
    ['5/15 * * * *', 'the minute is "5/15": a step needs a range. Write 5-59/15, or 5 alone.'],
    ['*/0 * * * *', 'the minute is "*/0": "0" is no step. Use a whole number, at least 1.'],
    ['*/ * * * *', 'the minute is "*/": "" is no step. Use a whole number, at least 1.'],
    ['*/60 * * * *', 'the minute is "*/60": a step of 60 leaves the first value only. Write that alone.'],
    ['*/2/3 * * * *', 'the minute is "*/2/3": it has more than one step. Write one, such as */15.'],
  ])('%s: %s', (cron, problem) => {
    expect(translated(cron)).toEqual([problem]);
  });

  test('has a problem for each wrong field', () => {
    expect(translated('60 24 0 13 8')).toHaveLength(6);
  });
});

describe('a cron that EventBridge Scheduler cannot say', () => {
  test.each(['13', '*/2', '1-31'])('has a day of the month, %s, and a day of the week', (day) => {
    expect(translated(`0 9 ${day} * FRI`)).toEqual([
      `the cron has a day of the month and a day of the week. EventBridge Scheduler takes one of them. If you mean either, as Unix does, make two schedules: 0 9 ${day} * * and 0 9 * * FRI. If you mean both, take one of them, and let the handler look at the date.`,
    ]);
  });

  test.each(['0 0 30 2 *', '0 0 31 4,6,SEP,NOV *'])('never comes: %s', (cron) => {
    expect(translated(cron)).toEqual(['the cron never comes: none of its months has such a day.']);
  });

  test('has too many single values for one expression', () => {
    const most = '0-28,30-59 0-10,12-23 11,13,15,17,19';
    expect(translated(`${most} 1,10 *`)).toHaveLength(255);
    expect(translated(`${most} 10,12 *`)).toHaveLength(256);
    expect(translated(`${most} 1,3,5 *`)).toHaveLength(256);
    expect(translated(`${most} 1,3,10 *`)).toEqual([
      'the cron would be an expression of 257 characters. EventBridge Scheduler takes 256. Make two schedules of it.',
    ]);
  });
});

/** The next occurrences of a cron, ISO 8601 in UTC. */
const next = (cron: string, timeZone: string, { after, count = 3 }: { after: string; count?: number }) =>
  occurrencesAfter({ cron, timeZone }, Date.parse(after), count).map((at) => new Date(at).toISOString());

describe('the occurrences of a schedule', () => {
  test('are strictly after the time, and in local time', () => {
    const after = '2026-06-30T12:00:00.000Z';
    expect(next('0 * * * *', 'Europe/Berlin', { after })).toEqual([
      '2026-06-30T13:00:00.000Z',
      '2026-06-30T14:00:00.000Z',
      '2026-06-30T15:00:00.000Z',
    ]);
    expect(next('30 17 * * 1-5', 'Asia/Kolkata', { after, count: 4 })).toEqual([
      '2026-07-01T12:00:00.000Z',
      '2026-07-02T12:00:00.000Z',
      '2026-07-03T12:00:00.000Z',
      '2026-07-06T12:00:00.000Z',
    ]);
  });

  test.each(['2026-06-30T11:59:59.999Z', '2026-06-30T11:59:00.001Z'])(
    'after %s begin at the next',
    (after) => {
      expect(next('* * * * *', 'UTC', { after, count: 1 })).toEqual(['2026-06-30T12:00:00.000Z']);
    },
  );

  test('are those of the cron as it is translated, also where a library reads it in another way', () => {
    expect(next('0 0 * * SUN-SUN', 'UTC', { after: '2026-06-30T12:00:00Z', count: 2 })).toEqual([
      '2026-07-05T00:00:00.000Z',
      '2026-07-12T00:00:00.000Z',
    ]);
  });

  test('follow the clocks through a year', () => {
    expect(next('0 3 1 */6 *', 'Europe/Berlin', { after: '2026-01-01T00:00:00Z', count: 3 })).toEqual([
      '2026-01-01T02:00:00.000Z',
      '2026-07-01T01:00:00.000Z',
      '2027-01-01T02:00:00.000Z',
    ]);
  });
});

describe('a time that is left out when clocks go forward', () => {
  test('is left out', () => {
    expect(next('30 2 * * *', 'Europe/Berlin', { after: '2026-03-27T12:00:00Z' })).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-30T00:30:00.000Z',
      '2026-03-31T00:30:00.000Z',
    ]);
  });

  test('is left out of a cron of every hour', () => {
    expect(next('30 * * * *', 'America/New_York', { after: '2026-03-08T06:00:00Z' })).toEqual([
      '2026-03-08T06:30:00.000Z',
      '2026-03-08T07:30:00.000Z',
      '2026-03-08T08:30:00.000Z',
    ]);
  });

  test('is left out where clocks go forward by half an hour', () => {
    expect(next('15 2 * * *', 'Australia/Lord_Howe', { after: '2026-10-03T00:00:00Z', count: 2 })).toEqual([
      '2026-10-04T15:15:00.000Z',
      '2026-10-05T15:15:00.000Z',
    ]);
    expect(next('30 2 * * *', 'Australia/Lord_Howe', { after: '2026-10-03T00:00:00Z', count: 1 })).toEqual([
      '2026-10-03T15:30:00.000Z',
    ]);
  });

  test('is left out where clocks go forward at midnight', () => {
    expect(next('0 0 * * *', 'Africa/Cairo', { after: '2026-04-22T23:00:00Z', count: 2 })).toEqual([
      '2026-04-24T21:00:00.000Z',
      '2026-04-25T21:00:00.000Z',
    ]);
  });
});

describe('a time that comes twice when clocks go back', () => {
  test('counts the first time', () => {
    expect(next('30 2 * * *', 'Europe/Berlin', { after: '2026-10-24T12:00:00Z', count: 2 })).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  test('counts once in a cron of every hour', () => {
    expect(next('30 * * * *', 'America/New_York', { after: '2026-11-01T05:00:00Z' })).toEqual([
      '2026-11-01T05:30:00.000Z',
      '2026-11-01T07:30:00.000Z',
      '2026-11-01T08:30:00.000Z',
    ]);
  });

  test('has passed, once clocks show it again', () => {
    expect(next('30 2 * * *', 'Europe/Berlin', { after: '2026-10-25T01:10:00Z', count: 1 })).toEqual([
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  test('counts once where clocks go back by half an hour', () => {
    expect(next('*/15 1 * * *', 'Australia/Lord_Howe', { after: '2026-04-04T14:00:00Z', count: 5 })).toEqual([
      '2026-04-04T14:15:00.000Z',
      '2026-04-04T14:30:00.000Z',
      '2026-04-04T14:45:00.000Z',
      '2026-04-05T14:30:00.000Z',
      '2026-04-05T14:45:00.000Z',
    ]);
  });
});

describe('a cron that seldom comes', () => {
  test('comes in the years that have it', () => {
    expect(next('0 12 29 2 *', 'UTC', { after: '2026-01-01T00:00:00Z', count: 2 })).toEqual([
      '2028-02-29T12:00:00.000Z',
      '2032-02-29T12:00:00.000Z',
    ]);
  });
});

describe('a schedule that cannot be read', () => {
  const after = '2026-01-01T00:00:00Z';

  test('has an unknown time zone', () => {
    expect(() => next('0 0 * * *', 'Europe/Atlantis', { after })).toThrow(RangeError);
  });

  test('has a cron that never comes', () => {
    expect(() => next('0 0 30 2 *', 'Europe/Berlin', { after })).toThrow(/never comes/);
  });
});

const iso = (times: readonly number[]) => times.map((time) => new Date(time).toISOString());
const berlin = (cron: string) => ({ cron, timeZone: 'Europe/Berlin' });

describe('the past occurrences of a schedule', () => {
  test('are the last ones, the latest first, and one that is just now', () => {
    const until = Date.parse('2026-01-02T02:30:00.000Z');
    const range = { since: until - 30 * dayMs, until };
    expect(iso(pastOccurrences(berlin('30 3 * * *'), range, 3))).toEqual([
      '2026-01-02T02:30:00.000Z',
      '2026-01-01T02:30:00.000Z',
      '2025-12-31T02:30:00.000Z',
    ]);
    expect(iso(pastOccurrences(berlin('30 3 * * *'), { ...range, until: until - 1 }, 1))).toEqual([
      '2026-01-01T02:30:00.000Z',
    ]);
  });

  test('have the one with which the time begins', () => {
    const since = Date.parse('2026-01-01T02:30:00.000Z');
    expect(pastOccurrences(berlin('30 3 * * *'), { since, until: since + 1_000 }, 5)).toEqual([since]);
    expect(pastOccurrences(berlin('30 3 * * *'), { since: since + 1_000, until: since + 2_000 }, 5)).toEqual(
      [],
    );
  });

  test('go back no further than asked for', () => {
    const range = { since: t0 - 2 * dayMs, until: t0 };
    expect(pastOccurrences(berlin('30 3 * * *'), range, 5)).toHaveLength(2);
    expect(pastOccurrences(berlin('30 3 1 7 *'), range, 5)).toEqual([]);
    expect(pastOccurrences(berlin('0 0 29 2 *'), range, 5)).toEqual([]);
  });

  test.each([
    ['* * * * *', 0.2],
    ['*/7 9-11 * * *', 2],
    ['0 */3 * * *', 9],
    ['15 2 * * 0', 60],
    ['* 4 1 * *', 40],
    ['0 12 15 * *', 100],
  ])('of %s in %d days are the end of all that came in that time', (cron, maxDays) => {
    const instant = fc.integer({ min: t0 - 200 * dayMs, max: t0 + 200 * dayMs });
    const span = fc.double({ min: 0, max: maxDays, noNaN: true });
    fc.assert(
      fc.property(instant, span, fc.integer({ min: 1, max: 8 }), (until, days, count) => {
        const since = until - Math.floor(days * dayMs);
        const all = occurrencesAfter(berlin(cron), since - 1, 300).filter((time) => time <= until);
        expect(pastOccurrences(berlin(cron), { since, until }, count)).toEqual(all.slice(-count).reverse());
      }),
      { numRuns: 10 },
    );
  });
});

const minute = 60_000;
const names = Array.from({ length: 600 }, (_, index) => `a-job-1-${shortHash(index)}`);

describe('the time at which a schedule fires', () => {
  const times = names.map((name) => firesAt(name, t0));

  test('is a full minute', () => {
    expect(times.filter((at) => at % minute !== 0)).toEqual([]);
  });

  test('lets the message come early, and no earlier than SQS can delay it, wherever in its minute it fires', () => {
    for (const at of times) {
      expect(t0 - (at + minute)).toBeGreaterThanOrEqual(minute);
      expect(isWithinDelay(t0, at)).toBe(true);
    }
  });

  test('is ahead when a job is too early for a delay of SQS', () => {
    for (const at of times) expect(at - (t0 - 900_000)).toBeGreaterThanOrEqual(minute);
  });

  test('is spread evenly over twelve minutes, and stays the same for a name', () => {
    const counts = new Map<number, number>();
    for (const at of times) counts.set(at, (counts.get(at) ?? 0) + 1);
    expect(counts.size).toBe(12);
    for (const count of counts.values()) expect(count).toBeGreaterThan(25);
    expect(names.map((name) => firesAt(name, t0))).toEqual(times);
  });
});
