import { describe, expect, test } from '@jest/globals';
import { timingOf } from '../../../../local/schedules/expression.ts';
import { SchedulerError } from '../../../../local/schedules/scheduler-error.ts';

const timing = (ScheduleExpression: string, ScheduleExpressionTimezone = 'UTC') =>
  timingOf({ ScheduleExpression, ScheduleExpressionTimezone });

const at = (text: string): number => Date.parse(text);
const shown = (time: number | undefined) => time && new Date(time).toISOString();

test('a one-time expression has its time, and none after that', () => {
  const { isRecurring, next } = timing('at(2026-03-01T08:30:00)');
  const time = at('2026-03-01T08:30:00Z');
  expect([isRecurring, next(0), next(time), next(time + 1)]).toEqual([false, time, time, undefined]);
});

describe('a recurring expression', () => {
  test('has the next time that is not before the given one', () => {
    const { isRecurring, next } = timing('cron(0 9 * * ? *)');
    const nine = at('2026-03-01T09:00:00Z');
    expect(isRecurring).toBe(true);
    expect([next(nine - 1), next(nine), next(nine + 1)].map(shown)).toEqual([
      '2026-03-01T09:00:00.000Z',
      '2026-03-01T09:00:00.000Z',
      '2026-03-02T09:00:00.000Z',
    ]);
  });

  test('is meant in its time zone', () => {
    const { next } = timing('cron(0 9 * * ? *)', 'Europe/Berlin');
    expect(shown(next(at('2026-07-01T00:00:00Z')))).toBe('2026-07-01T07:00:00.000Z');
  });

  // 1 March 2026 is a Sunday.
  test.each([
    ['cron(0 0 ? * 1 *)', '2026-03-01'],
    ['cron(0 0 ? * 2-6 *)', '2026-03-02'],
    ['cron(0 0 ? * 3,7 *)', '2026-03-03'],
    ['cron(0 0 ? * FRI *)', '2026-03-06'],
    ['cron(0 0 ? 4 2 *)', '2026-04-06'],
  ])('%s counts weekdays as Scheduler does: from Sunday as 1', (expression, day) => {
    expect(shown(timing(expression).next(at('2026-03-01T00:00:00Z')))).toBe(`${day}T00:00:00.000Z`);
  });
});

test.each([
  ['at(2026-03-01T08:30:00.000)', 'UTC'],
  ['at(2026-13-01T08:30:00)', 'UTC'],
  ['at(2026-03-01T08:30:00)', 'Europe/Berlin'],
  ['rate(5 minutes)', 'UTC'],
  ['cron(0 9 * * ?)', 'UTC'],
  ['cron(0 9 * * ? 2027)', 'UTC'],
  ['cron(61 9 * * ? *)', 'UTC'],
  ['cron(0 9 * * ? *)', 'Europe/Nowhere'],
])('%s in %s is refused', (expression, timeZone) => {
  expect(() => timing(expression, timeZone)).toThrow(SchedulerError);
});
