import { describe, expect, test } from '@jest/globals';
import { parseCron, toSchedulerExpression } from '../../../../shared/job/cron.ts';

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
